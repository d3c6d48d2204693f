// The walk over a document that tells the writer what to write (blocks: markdown_walk.cpp; tables, links,
// images and other objects: markdown_walk_objects.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/tasks/markdown.hpp"
#include "worker/tasks/markdown_notes.hpp"
#include "worker/tasks/markdown_table.hpp"

namespace fetchd::tasks {

class markdown_walk {
  public:
    markdown_walk(markdown_source const& source, markdown_style const& style, std::string& out)
        : source_(source), style_(style), out_(out), writer_(out, style), notes_(source.top, source.links) {}

    void run();

  private:
    struct list {
        bool ordered = false;
        bool other_marker = false;  // stands straight after a list of its kind, which it would else continue
        long next = 1;
        std::size_t from = 0;  // in the output
    };
    struct table {
        std::optional<table_shape> shape;  // nothing: a layout table
        table_row row{0};
        std::size_t rows = 0;
        bool in_row = false;
        bool in_cell = false;
    };

    void walk(html::node top);
    html::step enter(html::node);
    void leave(html::node);
    html::step enter_inline(html::node, html::tag);
    html::step enter_mark(html::node, html::tag);
    html::step enter_code(html::node);
    html::step enter_block(html::node, html::tag);
    void enter_list(html::node, html::tag);
    void leave_list();
    void enter_item(html::node);
    void enter_table(html::node);
    bool enter_table_part(html::tag, html::node);
    void leave_table_part(html::node, html::tag);
    void empty_cells(std::size_t);
    html::step enter_link(html::node);
    void image(html::node);
    void noscript(html::node);
    html::step math(html::node);
    void preformatted(html::node);
    std::string destination(std::string_view reference) const;
    bool is_note(html::node n) const { return !notes_.empty() && notes_.is_note(n) != 0; }

    markdown_source const& source_;
    markdown_style const& style_;
    std::string& out_;
    markdown_writer writer_;
    footnotes notes_;
    std::vector<list> lists_;
    std::vector<table> tables_;
    std::size_t inside_notes_ = 0;
    html::node code_by_mistake_;
    html::node math_in_characters_;  // the outermost that does not say its TeX
    html::node last_image_;
    std::size_t noscripts_ = 0;
    std::size_t last_list_end_ = std::string::npos;
    bool last_list_ordered_ = false;
    bool last_list_other_ = false;
};

}  // namespace fetchd::tasks
