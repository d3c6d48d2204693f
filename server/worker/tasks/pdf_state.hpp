// poppler's types as pdf_document.cpp and its parts share them. Nobody else includes this.
#pragma once

#include <memory>
#include <string>

#include "worker/tasks/pdf_document.hpp"

class Object;  // poppler's, like the other
class PDFDoc;

namespace fetchd::tasks::pdf {

struct document::state {
    std::unique_ptr<PDFDoc> poppler;
    facts about;
};

// A text string (ISO 32000-2 §7.9.2.2) as clean UTF-8 on one line, cut at limits::string_bytes. Empty: it is
// none.
std::string text_of(Object const&);

// An address: as it is written, or empty where it has control characters or is no string.
std::string address_of(Object const&);

}  // namespace fetchd::tasks::pdf
