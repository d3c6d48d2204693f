#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <cstdlib>
#include <memory>

#include "canonical_html.hpp"

namespace fetchd::tests {

std::string html_of_markdown(std::string_view markdown) {
    cmark_gfm_core_extensions_ensure_registered();
    auto constexpr options = CMARK_OPT_UNSAFE | CMARK_OPT_FOOTNOTES | CMARK_OPT_VALIDATE_UTF8;
    std::unique_ptr<cmark_parser, decltype(&cmark_parser_free)> const parser(cmark_parser_new(options),
                                                                             &cmark_parser_free);
    for (char const* name : {"table", "strikethrough", "tasklist"})
        if (auto* extension = cmark_find_syntax_extension(name))
            cmark_parser_attach_syntax_extension(parser.get(), extension);
    cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
    std::unique_ptr<cmark_node, decltype(&cmark_node_free)> const document(cmark_parser_finish(parser.get()),
                                                                           &cmark_node_free);
    std::unique_ptr<char, decltype(&std::free)> const html(
        cmark_render_html(document.get(), options, cmark_parser_get_syntax_extensions(parser.get())),
        &std::free);
    return html.get();
}

}  // namespace fetchd::tests
