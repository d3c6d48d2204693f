#include "jobs/warc.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <new>

#include "http/rfc3339.hpp"
#include "jobs/warc_message.hpp"

namespace fetchd::jobs {
namespace {

// RFC 4648 §6. Digests of SHA-1 are a multiple of 5 bytes: no padding.
std::string base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    unsigned bits = 0;
    std::uint32_t group = 0;
    for (char const c : bytes) {
        group = group << 8U | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5)
            text += alphabet[group >> (bits - 5) & 31U];
    }
    return text;
}

std::string digest(EVP_MD const* how, std::string_view a, std::string_view b = {}) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto* const context = EVP_MD_CTX_new();
    bool const done = context && EVP_DigestInit_ex(context, how, nullptr) == 1 &&
                      EVP_DigestUpdate(context, a.data(), a.size()) == 1 &&
                      EVP_DigestUpdate(context, b.data(), b.size()) == 1 &&
                      EVP_DigestFinal_ex(context, out, &size) == 1;
    EVP_MD_CTX_free(context);
    if (!done)
        throw std::bad_alloc();
    return {reinterpret_cast<char const*>(out), size};
}

// As WARC files have it everywhere; no promise hangs on it (payloads are compared by SHA-256).
std::string sha1_label(std::string_view a, std::string_view b = {}) {
    return "sha1:" + base32(digest(EVP_sha1(), a, b));
}

// As fine as it is known (§5.4).
std::string date(archive_time at) {
    auto const part = at.time_since_epoch().count() % 1'000'000'000;
    return rfc3339(at, part == 0 ? 0 : part % 1'000'000 == 0 ? 3 : 9);
}

}  // namespace

// One compressor for all members: making one costs more than a small record.
class warc_writer::gzip_members {
  public:
    gzip_members() {
        constexpr int gzip_window = 15 + 16;
        if (deflateInit2(&z_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~gzip_members() { deflateEnd(&z_); }
    gzip_members(gzip_members const&) = delete;
    gzip_members& operator=(gzip_members const&) = delete;

    // One member (RFC 1952) of these texts.
    void write(std::initializer_list<std::string_view> texts, std::string& out) {
        for (auto text : texts)
            while (!text.empty()) {
                auto const piece = text.substr(0, std::size_t{1} << 30U);
                z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
                z_.avail_in = static_cast<uInt>(piece.size());
                run(Z_NO_FLUSH, out);
                text.remove_prefix(piece.size());
            }
        run(Z_FINISH, out);
        deflateReset(&z_);
    }

  private:
    void run(int flush, std::string& out) {
        char buffer[16 * 1024];
        do {
            z_.next_out = reinterpret_cast<Bytef*>(buffer);
            z_.avail_out = sizeof buffer;
            (void)deflate(&z_, flush);
            out.append(buffer, sizeof buffer - z_.avail_out);
        } while (z_.avail_out == 0);
    }

    z_stream z_{};
};

// The block is `head` and then `body`.
struct warc_writer::record {
    record(std::string_view type, std::string id, archive_time at) {
        fields = "WARC/1.1\r\n";
        add("WARC-Type", type);
        add("WARC-Record-ID", id);
        add("WARC-Date", date(at));
    }
    void add(std::string_view name, std::string_view value) {
        if (!value.empty())
            fields.append(name).append(": ").append(one_line(value)).append("\r\n");
    }

    std::string fields;
    std::string_view content_type;
    std::string head;
    std::string_view body;
};

warc_writer::warc_writer(std::function<random_bytes()> random, bool gzip)
    : random_(std::move(random)), gzip_(gzip ? std::make_unique<gzip_members>() : nullptr) {}

warc_writer::~warc_writer() = default;
warc_writer::warc_writer(warc_writer&&) noexcept = default;

// A version 4 UUID (RFC 4122 §4.4).
std::string warc_writer::new_id() {
    constexpr std::string_view hex = "0123456789abcdef";
    auto bytes = random_();
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    std::string id = "<urn:uuid:";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            id += '-';
        id += hex[bytes[i] >> 4U];
        id += hex[bytes[i] & 15U];
    }
    return id += '>';
}

void warc_writer::write(record const& r, std::string& out) {
    auto fields = r.fields;
    fields.append("WARC-Block-Digest: ").append(sha1_label(r.head, r.body)).append("\r\n");
    fields.append("Content-Type: ").append(r.content_type).append("\r\n");
    fields.append("Content-Length: ").append(std::to_string(r.head.size() + r.body.size()));
    fields.append("\r\n\r\n");
    constexpr std::string_view end = "\r\n\r\n";
    if (gzip_)
        gzip_->write({fields, r.head, r.body, end}, out);
    else
        out.append(fields).append(r.head).append(r.body).append(end);
}

void warc_writer::begin(std::string_view file_name, std::string_view software, std::string_view part_of,
                        archive_time at, std::string& out) {
    info_id_ = new_id();
    record info("warcinfo", info_id_, at);
    info.add("WARC-Filename", file_name);
    info.content_type = "application/warc-fields";
    info.head =
        "software: " + one_line(software) + "\r\nformat: WARC File Format 1.1\r\n" +
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n" +
        "isPartOf: " + one_line(part_of) + "\r\n";
    write(info, out);
}

void warc_writer::add(archived_exchange const& e, std::string& out) {
    auto const response_id = e.status != 0 && e.has_body ? add_response(e, out) : std::string();
    if (auto request = archived_request(e); !response_id.empty() && !request.empty()) {
        record r("request", new_id(), e.at);
        r.add("WARC-Target-URI", e.url);
        r.add("WARC-Concurrent-To", response_id);
        r.add("WARC-Warcinfo-ID", info_id_);
        r.content_type = "application/http; msgtype=request";
        r.head = std::move(request);
        write(r, out);
    }
    record r("metadata", new_id(), e.at);
    r.add("WARC-Target-URI", e.url);
    r.add("WARC-Concurrent-To", response_id);
    r.add("WARC-Warcinfo-ID", info_id_);
    r.content_type = "application/json";
    r.body = e.metadata;
    write(r, out);
}

std::string warc_writer::add_response(archived_exchange const& e, std::string& out) {
    auto const id = new_id();
    auto const sha256 = digest(EVP_sha256(), e.body);
    auto const* const original = seen_before(e, sha256);
    record r(original ? "revisit" : "response", id, e.at);
    r.add("WARC-Target-URI", e.url);
    r.add("WARC-IP-Address", e.address);
    r.add("WARC-Warcinfo-ID", info_id_);
    r.add("WARC-Payload-Digest", sha1_label(e.body));
    r.content_type = "application/http; msgtype=response";
    r.head = archived_response_head(e);
    if (original) {  // §6.7.2
        r.add("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest");
        r.add("WARC-Refers-To", original->id);
        r.add("WARC-Refers-To-Target-URI", original->url);
        r.add("WARC-Refers-To-Date", date(original->at));
        r.add("WARC-Truncated", "length");
    } else {
        r.add("WARC-Truncated", e.truncated);
        r.body = e.body;
        if (e.truncated.empty() && !e.body.empty() && known_.size() < max_known &&
            e.url.size() <= max_known_url)
            known_.try_emplace(sha256, known{id, e.url, e.at});
    }
    write(r, out);
    return id;
}

warc_writer::known const* warc_writer::seen_before(archived_exchange const& e,
                                                   std::string const& sha256) const {
    auto const found = known_.find(sha256);
    return e.truncated.empty() && found != known_.end() ? &found->second : nullptr;
}

}  // namespace fetchd::jobs
