// A PDF file as its pages' text, what it says of itself, its links and its outline, through poppler.
//
// The only door to poppler: no type of it leaves pdf_document.cpp and pdf_reading.cpp. Nothing is drawn and
// no font of the system is looked for. poppler is kept from its own data files, too (a worker has no file
// system): what it does not know by itself or from the document stays unknown. Text, addresses and titles
// come out as valid UTF-8 without control characters other than tab and newline. Recursion and allocation
// inside poppler are its own: a document that goes too far there ends its worker.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace fetchd::tasks::pdf {

// Makes poppler's global state, which reads a directory: to be called before a process gives up its files.
// Calls after the first do nothing. open() calls it, too.
void prepare();

enum class layout : unsigned char {
    reading,   // column after column, words divided at the end of a line joined
    physical,  // where it stands on the page, held in place by spaces
};

struct facts {
    std::string title, author, subject, keywords, creator, producer, language;
    std::string created, modified;  // RFC 3339; without a zone where the document names none
    std::string version;            // "1.7"
    bool encrypted = false;
    bool copying_allowed = true;  // by the document's own permissions, which bind nobody here
    unsigned pages = 0;
};

struct link {
    unsigned page;
    std::string url;   // as written
    std::string text;  // what stands in its rectangle, on one line
};

struct page {
    double width = 0;  // points of 1/72 inch, as shown: a page turned by 90 degrees has them exchanged
    double height = 0;
    std::string text;
};

struct heading {
    unsigned level;  // 1: topmost
    std::string title;
    unsigned page;    // 0: not in this document, or nowhere
    std::string url;  // of one that leads elsewhere
};

// How much is read of a document at most.
struct limits {
    static constexpr std::size_t characters_per_page = 200'000;  // the rest is left out
    static constexpr std::size_t links_per_page = 1000;
    static constexpr std::size_t headings = 2000;
    static constexpr unsigned heading_depth = 32;
    static constexpr std::size_t string_bytes = 4096;  // of a title, an address, ...: longer ones are cut
};

class document {
  public:
    // `bytes` must outlive the document. process.bad_document: it is damaged, or encrypted and not readable
    // without a password.
    static result<document> open(std::string_view bytes);

    document(document&&) noexcept;
    document& operator=(document&&) noexcept;
    ~document();

    facts const& about() const;

    // Page `number` (1..pages) and its links, which are appended. Text past `room` bytes is left out.
    page read(unsigned number, layout, std::size_t room, std::vector<link>& links) const;

    std::vector<heading> outline() const;

  private:
    struct state;
    explicit document(std::unique_ptr<state>);
    std::unique_ptr<state> state_;
};

}  // namespace fetchd::tasks::pdf
