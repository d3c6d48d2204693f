// What is taken of one thing found, as JSON.
#pragma once

#include <string>

#include "worker/tasks/context.hpp"
#include "worker/tasks/css_page.hpp"
#include "worker/tasks/select_fields.hpp"
#include "worker/tasks/xpath_value.hpp"

namespace fetchd::select {

class value_writer {
  public:
    // Both must outlive it.
    value_writer(tasks::context& visit, css::effort& left) : visit_(visit), left_(left) {}

    // Appends the value; false, and nothing appended, where there is none: no such attribute, no number. Not
    // for part::exists and part::record. May write more than there is room for.
    bool append(field const&, xpath::item const&, std::string& out);

    // The same for what an expression gives that is no nodes.
    bool append(field const&, xpath::value const&, std::string& out);

  private:
    bool number(std::string& out);
    bool of_attribute(field const&, xpath::item const&, std::string& out);
    void text(html::node);
    void raw_text(html::node);
    void markdown(html::node);
    bool attribute(field const&, html::node);

    tasks::context& visit_;
    css::effort& left_;
    std::string made_;
};

}  // namespace fetchd::select
