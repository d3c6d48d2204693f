// Which task suits a document whose caller named none.
#pragma once

#include <string_view>

#include "worker/tasks/context.hpp"

namespace fetchd::tasks {

// By the document's type: pages as Markdown, text as it is, what a PDF or an image holds. `json`: the caller
// wants JSON; else a PDF is read as text.
// process.unsupported_type where nothing readable can be made of it.
result<std::string_view> pick(context const&, bool json);

}  // namespace fetchd::tasks
