// One visited document, shared between the tasks of the visit: what has been worked out once is kept.
//
// Lives for one perform(). Every view and node it hands out lives as long as it does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "http/mime_sniff.hpp"
#include "http/mime_type.hpp"
#include "worker/tasks/article.hpp"
#include "worker/tasks/charset.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/links_resolve.hpp"
#include "worker/tasks/media.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {

// What the tasks look for all over the document, found in one walk, which also numbers its nodes.
struct survey {
    std::uint32_t nodes = 0;        // in the document: their numbers are 1 to this, in document order
    html::node html;                // the root element
    html::node base;                // the first <base href>
    html::node title;               // the first <title> that is not SVG's
    std::vector<html::node> metas;  // <meta>
    std::vector<html::node> links;  // <a href>, <area href>, <link href>, in document order
    // Elements else that lead to other documents or load them, with or without the attribute that says so:
    // img, script, iframe, form, <meta http-equiv> and so on, in document order.
    std::vector<html::node> embeds;
    std::vector<html::node> scopes;      // with itemscope, in document order
    std::vector<html::node> properties;  // with itemprop, in document order
    bool rdfa = false;                   // there is RDFa besides the property of <meta>
};

class context {
  public:
    // `want` and `body` must outlive the context.
    context(request const& want, std::string_view body) : want_(want), wire_(body) {}

    // Undoes the content codings and settles the type. To be called once, before anything else.
    result<void> open();

    std::string_view bytes() const { return bytes_; }  // the body without its content codings
    std::string_view essence() const { return type_.essence; }
    bool sniffed() const {
        return type_.sniffed;
    }  // essence() by the bytes, against the header or without one
    media_kind kind() const { return kind_; }
    bool is_text() const { return kind_ == media_kind::html || kind_ == media_kind::text; }
    charset::choice charset();               // of html and text
    std::string_view charset_label() const;  // the Content-Type's, whatever it is worth; may be empty
    std::string_view address() const { return want_.base_url; }  // of the document; may be empty

    // Bytes a task may write.
    std::size_t room() const { return want_.max_output; }

    // The options of the task that runs.
    std::string_view option(std::string_view name) const { return options().get(name); }
    bool flag(std::string_view name) const { return options().flag(name); }
    std::uint64_t number(std::string_view name) const { return options().number(name); }

    // The values of one of document_fields, in the order received.
    std::vector<std::string_view> fields(std::string_view name) const;

    // The media type of what the running bytes task writes.
    void set_output_type(std::string_view type) { output_type_ = type; }
    std::string_view output_type() const { return output_type_; }

    void take_up(entry const& task) { running_ = &task; }  // before each task is run

    result<std::string_view> text();  // the body as valid UTF-8; unsupported_type unless text or HTML
    result<void> copy_text(std::string& out);  // text() as a task's whole output
    result<html::document const*> document();  // unsupported_type unless HTML
    result<survey const*> look();              // the same
    result<tasks::article const*> article();   // the content of the page; the same

    // A reference in the document as an absolute URL, by <base href> and the request's base; nothing where it
    // is none. Call document() first.
    std::optional<std::string> absolute(std::string_view reference);
    resolver& references();  // the same, and where each leads

  private:
    task_options options() const { return {running_->name, running_->options, want_.settings}; }
    failure unsupported() const;

    request const& want_;
    std::string_view wire_;
    entry const* running_ = nullptr;
    std::string output_type_;
    std::string undone_;  // of the content codings
    std::string_view bytes_;
    std::optional<mime_type> supplied_;  // the Content-Type
    computed_mime_type type_;            // a view of it, or of nothing that ends
    media_kind kind_ = media_kind::other;
    std::optional<charset::choice> charset_;
    std::string converted_;
    std::optional<std::string_view> text_;
    std::optional<html::document> document_;
    std::optional<survey> survey_;
    std::optional<tasks::article> article_;
    std::optional<resolver> references_;
};

// The failure of a task that has written more than it may.
failure too_much_output(context const&);

}  // namespace fetchd::tasks
