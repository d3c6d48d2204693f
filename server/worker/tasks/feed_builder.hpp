// What is known of a feed while its XML is read: where in it the reading stands, and what it has said so far.
//
// feed_builder.cpp follows the elements, feed_builder_values.cpp makes values of their texts.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/feed.hpp"
#include "worker/tasks/feed_capture.hpp"
#include "worker/tasks/feed_date.hpp"
#include "worker/tasks/feed_fields.hpp"
#include "worker/tasks/feed_text.hpp"
#include "worker/tasks/xml_events.hpp"

namespace fetchd::tasks {

class feed_builder final : public xml::handler {
  public:
    feed_builder(std::string_view address, feed_limits const& limits)
        : limits_(limits), kept_(limits.bytes), capture_(text_form::ignored, false) {
        bases_.push_back({0, std::nullopt});
        if (auto own = url::parse(address))
            bases_.back().at = std::move(*own);
    }

    bool start(xml::element_name, xml::attributes const&) override;
    void text(std::string_view piece) override {
        if (places_.empty() || (places_.back() != place::field && places_.back() != place::inside_field))
            return;
        if (piece.size() > kept_.left() - std::min(kept_.left(), capture_.value().size()))
            made_.truncated = true;
        else
            capture_.text(piece);
    }
    void end(xml::element_name) override;

    bool is_feed() const { return !made_.type.empty(); }
    std::string const& root() const { return root_; }
    feed take() {
        made_.truncated = made_.truncated || kept_.spent();
        return std::move(made_);
    }

  private:
    enum class place : unsigned char { root, channel, image, item, person, field, inside_field, ignored };
    struct base {
        std::size_t depth;
        std::optional<url> at;
    };

    place open_root(xml::element_name, xml::attributes const&);
    place open_member(xml::element_name, xml::attributes const&);
    place open_item(xml::element_name, xml::attributes const&);
    place open_field(xml::element_name, xml::attributes const&);
    bool empty_element(xml::element_name, xml::attributes const&);
    void link(xml::attributes const&);
    void enclosure(xml::attributes const&, std::string_view address, std::string_view length);

    void close_field();
    void close_item();
    void close_person();
    void store(feed_field, std::string const& value);
    void store_in_item(feed_field, std::string const& value);
    void store_in_feed(feed_field, std::string const& value);
    void store_body(std::string const& value, text_form);
    void store_description(std::string const& value);
    void add_person(feed_person);
    void add_category(std::string_view);

    std::optional<url> const& base_url() const { return bases_.back().at; }
    std::string resolved(std::string_view reference) {
        return kept_.keep(absolute_url(reference, base_url(), limits_.text));
    }
    std::string plain(std::string const& value);
    void set(std::string& to, std::string value) {
        if (to.empty())
            to = kept_.keep(std::move(value));
    }
    void set_date(std::string& to, std::string_view written) {
        if (to.empty())
            to = feed_date(written).value_or("");
    }
    bool in_item() const { return item_depth_ > 0; }

    feed_limits limits_;
    allowance kept_;
    feed made_;
    std::string root_;
    xml::vocabulary own_ = xml::vocabulary::none;
    std::vector<place> places_;  // of every open element
    std::vector<base> bases_;
    std::size_t item_depth_ = 0;  // of the open item's element

    feed_item item_;
    bool id_is_url_ = false;
    bool links_page_ = false;  // its URL is said to be HTML
    std::string described_;    // the description of an RSS item, which may be all of its text
    bool described_in_markup_ = false;
    std::string dated_;  // dc:date
    feed_person person_;

    feed_field field_ = feed_field::none;
    capture capture_;
};

}  // namespace fetchd::tasks
