// PDF documents as tasks give them. docs/pdf.md says what is read of them.
#pragma once

#include <string>

#include "worker/tasks/context.hpp"

namespace fetchd::tasks {

// The readable text of a PDF: its pages one after the other, between two of them an empty line and a form
// feed. process.bad_document where it is no PDF that can be read. Pages past `pdf_page_limit` are left out.
result<void> pdf_text(context&, std::string& out);

constexpr unsigned pdf_page_limit = 1000;  // pages that one visit reads

}  // namespace fetchd::tasks
