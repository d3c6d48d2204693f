// PDF files for tests, made from what they are about: small, whole and the same every time.
#pragma once

#include <string>
#include <vector>

namespace fetchd::test {

struct pdf_page {
    std::string content;                   // of the content stream; the font is /F (Helvetica, not embedded)
    std::vector<std::string> annotations;  // dictionaries with their brackets
    std::string extra;                     // of the page's dictionary: "/Rotate 90"
};

struct pdf_file {
    enum class form {
        plain,    // a table of offsets at the end
        broken,   // that table points nowhere: readers must look for the objects
        compact,  // objects inside an object stream, the table in a stream (PDF 1.5)
    };

    std::vector<pdf_page> pages;
    std::string info;                  // entries of the document information dictionary
    std::string catalog;               // further entries of the catalog
    std::string fonts;                 // further entries of the font dictionary
    std::vector<std::string> objects;  // further objects: number first_object and up
    form how = form::plain;

    static constexpr int first_object = 10;
    // The number of page `index`, from 0.
    int page_object(std::size_t index) const;

    std::string write() const;

    // Encrypted (RC4 of 40 bits) for whoever has the password; every reader tries the empty one.
    std::string write_encrypted(std::string const& password) const;

  private:
    std::vector<std::string> bodies() const;
    std::string assemble(std::vector<std::string> const& bodies, std::string const& trailer) const;
    std::string assemble_compact(std::vector<std::string> const& bodies) const;
};

// Operators that show `text` (without brackets in it) at a place of the page, 12 points high.
std::string pdf_text_at(int x, int y, std::string const& text);

std::string pdf_stream(std::string const& dictionary_entries, std::string const& data);

}  // namespace fetchd::test
