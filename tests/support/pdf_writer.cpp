#include "support/pdf_writer.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <numeric>

namespace fetchd::test {
namespace {

std::string reference(int number) {
    return std::to_string(number) + " 0 R";
}

std::string object(std::size_t number, std::string const& body) {
    return std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
}

std::string bytes_of(std::size_t value, unsigned count) {
    std::string s;
    for (unsigned i = count; i-- > 0;)
        s += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return s;
}

std::string md5(std::string const& data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_md5(), nullptr);
    return {reinterpret_cast<char const*>(digest.data()), length};
}

std::string rc4(std::string const& key, std::string data) {
    std::array<unsigned char, 256> s{};
    std::iota(s.begin(), s.end(), static_cast<unsigned char>(0));
    for (unsigned i = 0, j = 0; i < 256; ++i) {
        j = (j + s[i] + static_cast<unsigned char>(key[i % key.size()])) % 256;
        std::swap(s[i], s[j]);
    }
    unsigned i = 0, j = 0;
    for (auto& c : data) {
        i = (i + 1) % 256;
        j = (j + s[i]) % 256;
        std::swap(s[i], s[j]);
        c = static_cast<char>(static_cast<unsigned char>(c) ^ s[(s[i] + s[j]) % 256U]);
    }
    return data;
}

std::string hex(std::string const& bytes) {
    std::string out = "<";
    for (unsigned char c : bytes) {
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", c);
        out += digits.data();
    }
    return out + ">";
}

// ISO 32000-1 §7.6.3.3, algorithm 1: the key of one object.
std::string key_of(std::string const& key, std::size_t number) {
    auto const n = bytes_of(number, 4);
    return md5(key + n[3] + n[2] + n[1] + '\0' + '\0').substr(0, key.size() + 5);
}

}  // namespace

std::string pdf_text_at(int x, int y, std::string const& text) {
    return "BT /F 12 Tf " + std::to_string(x) + " " + std::to_string(y) + " Td (" + text + ") Tj ET\n";
}

std::string pdf_stream(std::string const& entries, std::string const& data) {
    return "<<" + entries + " /Length " + std::to_string(data.size()) + ">>\nstream\n" + data + "\nendstream";
}

int pdf_file::page_object(std::size_t index) const {
    return first_object + static_cast<int>(objects.size() + 2 * index);
}

// Objects 1 and up: catalog, pages, information, font, resources, padding, further ones, pages with contents.
std::vector<std::string> pdf_file::bodies() const {
    std::string kids;
    for (std::size_t i = 0; i < pages.size(); ++i)
        kids += reference(page_object(i)) + " ";
    std::vector<std::string> all = {
        "<</Type/Catalog /Pages 2 0 R " + catalog + ">>",
        "<</Type/Pages /Kids[" + kids + "] /Count " + std::to_string(pages.size()) + ">>",
        "<<" + info + ">>",
        "<</Type/Font /Subtype/Type1 /BaseFont/Helvetica /Encoding/WinAnsiEncoding>>",
        "<</Font<</F 4 0 R " + fonts + ">>>>",
    };
    all.resize(first_object - 1, "null");
    all.insert(all.end(), objects.begin(), objects.end());
    for (std::size_t i = 0; i < pages.size(); ++i) {
        std::string annotations;
        for (auto const& a : pages[i].annotations)
            annotations += a + " ";
        all.push_back("<</Type/Page /Parent 2 0 R /Resources 5 0 R /MediaBox[0 0 612 792] /Contents " +
                      reference(page_object(i) + 1) + " /Annots[" + annotations + "] " + pages[i].extra +
                      ">>");
        all.push_back(pdf_stream("", pages[i].content));
    }
    return all;
}

std::string pdf_file::assemble(std::vector<std::string> const& all, std::string const& trailer) const {
    std::string out = "%PDF-1.4\n";
    std::string table = "0000000000 65535 f \n";
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::array<char, 32> line{};
        std::snprintf(line.data(), line.size(), "%010zu 00000 n \n", out.size());
        table += line.data();
        out += object(i + 1, all[i]);
    }
    auto const start = how == form::broken ? 999'999 : out.size();
    if (how != form::broken)
        out += "xref\n0 " + std::to_string(all.size() + 1) + "\n" + table;
    return out + "trailer\n<</Size " + std::to_string(all.size() + 1) + " /Root 1 0 R /Info 3 0 R " +
           trailer + ">>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

// ISO 32000-1 §7.5.7 and §7.5.8, without compression.
std::string pdf_file::assemble_compact(std::vector<std::string> const& all) const {
    std::string out = "%PDF-1.5\n";
    std::string packed, index, table = bytes_of(0, 1) + bytes_of(0, 4) + bytes_of(0xFFFF, 2);
    std::size_t count = 0;
    auto const container = all.size() + 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].find("endstream") == all[i].npos) {
            table += bytes_of(2, 1) + bytes_of(container, 4) + bytes_of(count++, 2);
            index += std::to_string(i + 1) + " " + std::to_string(packed.size()) + " ";
            packed += all[i] + "\n";
        } else {
            table += bytes_of(1, 1) + bytes_of(out.size(), 4) + bytes_of(0, 2);
            out += object(i + 1, all[i]);
        }
    }
    table += bytes_of(1, 1) + bytes_of(out.size(), 4) + bytes_of(0, 2);
    out += object(container, pdf_stream("/Type/ObjStm /N " + std::to_string(count) + " /First " +
                                            std::to_string(index.size()),
                                        index + packed));
    auto const start = out.size();
    table += bytes_of(1, 1) + bytes_of(start, 4) + bytes_of(0, 2);
    out += object(container + 1, pdf_stream("/Type/XRef /W[1 4 2] /Root 1 0 R /Info 3 0 R /Size " +
                                                std::to_string(container + 2),
                                            table));
    return out + "startxref\n" + std::to_string(start) + "\n%%EOF\n";
}

std::string pdf_file::write() const {
    return how == form::compact ? assemble_compact(bodies()) : assemble(bodies(), "");
}

// ISO 32000-1 §7.6.3, revision 2. Only content streams are encrypted: a string in the clear would be read as
// encrypted, so documents written this way have none that matter.
std::string pdf_file::write_encrypted(std::string const& password) const {
    static constexpr char padding[] =
        "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
        "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";
    std::string const pad(padding, 32);
    std::string const owner(32, 'o'), id(16, 'i'), permissions = "\xC0\xFF\xFF\xFF";  // -64, little-endian
    auto const key = md5((password + pad).substr(0, 32) + owner + permissions + id).substr(0, 5);
    auto all = bodies();
    for (std::size_t i = 0; i < pages.size(); ++i) {
        auto const number = static_cast<std::size_t>(page_object(i)) + 1;
        all[number - 1] = pdf_stream("", rc4(key_of(key, number), pages[i].content));
    }
    return assemble(all, "/ID[" + hex(id) + hex(id) + "] /Encrypt<</Filter/Standard /V 1 /R 2 /P -64 /O " +
                             hex(owner) + " /U " + hex(rc4(key, pad)) + ">>");
}

}  // namespace fetchd::test
