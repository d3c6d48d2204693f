#include "worker/tasks/feed_builder.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {

using xml::vocabulary;

bool feed_builder::start(xml::element_name name, xml::attributes const& with) {
    if (kept_.spent() || made_.truncated) {
        made_.truncated = true;
        return false;
    }
    if (auto const declared = with.get("base", vocabulary::xml); declared && bases_.size() < 100)
        if (auto at = url::parse(utf8::trimmed(*declared), base_url() ? &*base_url() : nullptr))
            bases_.push_back({places_.size(), std::move(*at)});
    auto const around = places_.empty() ? place::ignored : places_.back();
    if (places_.empty())
        places_.push_back(open_root(name, with));
    else if (around == place::field || around == place::inside_field)
        places_.push_back((capture_.start(name, with), place::inside_field));
    else if (around == place::ignored)
        places_.push_back(place::ignored);
    else if (around == place::image)
        places_.push_back(name.local == "url" ? open_field(name, with) : place::ignored);
    else if (around == place::person)
        places_.push_back(open_field(name, with));
    else
        places_.push_back(open_member(name, with));
    return is_feed() && !made_.truncated;
}

void feed_builder::end(xml::element_name name) {
    auto const closed = places_.back();
    places_.pop_back();
    if (closed == place::inside_field)
        capture_.end(name);
    else if (closed == place::field)
        close_field();
    else if (closed == place::person)
        close_person();
    else if (closed == place::item && places_.size() + 1 == item_depth_)
        close_item();
    if (bases_.size() > 1 && bases_.back().depth == places_.size())
        bases_.pop_back();
}

feed_builder::place feed_builder::open_root(xml::element_name name, xml::attributes const& with) {
    root_ = name.local.substr(0, 100);
    own_ = name.in;
    if (name.local == "rss") {
        made_.type = "rss";
        made_.version = one_line(with.get("version").value_or(""), 20);
        return place::root;
    }
    if (name.local == "RDF") {
        made_.type = "rss";
        made_.version = "1.0";
        own_ = vocabulary::rss;
        return place::root;
    }
    if (name.local != "feed")
        return place::ignored;
    made_.type = "atom";
    made_.version = one_line(with.get("version").value_or("1.0"), 20);
    made_.language = one_line(with.get("lang", vocabulary::xml).value_or(""), 100);
    return place::channel;
}

// An element of a feed or an item.
feed_builder::place feed_builder::open_member(xml::element_name name, xml::attributes const& with) {
    bool const own = name.in == vocabulary::none || name.in == vocabulary::atom ||
                     name.in == vocabulary::rss || name.in == own_;
    auto const around = places_.back();
    if (own && !in_item()) {
        if (name.local == "item" || name.local == "entry")
            return open_item(name, with);
        if (name.local == "channel" && around == place::root)
            return place::channel;
        if (name.local == "image")
            return place::image;
    }
    if (name.in == vocabulary::media && (name.local == "group" || name.local == "content") && in_item()) {
        if (name.local == "content")
            empty_element(name, with);
        return place::item;  // what is in it is said of the item
    }
    bool const atom = name.in == vocabulary::atom || (own && made_.type == "atom");
    if ((name.in == vocabulary::itunes && name.local == "owner") ||
        (atom && (name.local == "author" || name.local == "contributor"))) {
        person_ = {};
        return place::person;
    }
    if (empty_element(name, with))
        return place::ignored;
    return open_field(name, with);
}

feed_builder::place feed_builder::open_item(xml::element_name, xml::attributes const& with) {
    if (made_.items.size() == limits_.items) {
        made_.truncated = true;
        return place::ignored;
    }
    item_ = {};
    item_depth_ = places_.size() + 1;
    id_is_url_ = false;
    links_page_ = false;
    described_.clear();
    dated_.clear();
    set(item_.id, one_line(with.get("about", vocabulary::rdf).value_or(""), limits_.text));
    set(item_.language, one_line(with.get("lang", vocabulary::xml).value_or(""), 100));
    return place::item;
}

// Elements that say what they say in attributes.
bool feed_builder::empty_element(xml::element_name name, xml::attributes const& with) {
    auto const address = with.get("url").value_or("");
    if (name.local == "link" && with.get("href")) {
        link(with);
        return true;
    }
    if (name.local == "category" && (with.get("term") || with.get("text"))) {
        add_category(with.get("label").value_or(with.get("term").value_or(with.get("text").value_or(""))));
        return true;
    }
    if (name.local == "image" && with.get("href")) {
        set(in_item() ? item_.image : made_.icon, absolute_url(*with.get("href"), base_url(), limits_.text));
        return true;
    }
    if (!in_item())
        return false;
    if (name.in == vocabulary::media && name.local == "thumbnail") {
        set(item_.image, absolute_url(address, base_url(), limits_.text));
        return true;
    }
    if (name.in == vocabulary::media && name.local == "content") {
        bool const image =
            with.get("medium") == "image" || with.get("type").value_or("").starts_with("image/");
        if (image)
            set(item_.image, absolute_url(address, base_url(), limits_.text));
        enclosure(with, address, with.get("fileSize").value_or(""));
        return true;
    }
    if (name.local == "enclosure") {
        enclosure(with, address, with.get("length").value_or(""));
        return true;
    }
    return false;
}

// RFC 4287 §4.2.7
void feed_builder::link(xml::attributes const& with) {
    auto const rel = ascii_lowered(with.get("rel").value_or("alternate").substr(0, 100));
    auto const href = *with.get("href");
    auto const type = with.get("type").value_or("");
    if (in_item()) {
        if (rel == "enclosure")
            enclosure(with, href, with.get("length").value_or(""));
        else if (rel == "alternate" && (item_.url.empty() || (type == "text/html" && !links_page_))) {
            item_.url = resolved(href);
            links_page_ = type == "text/html";
        }
        return;
    }
    if (rel == "alternate")
        set(made_.home, absolute_url(href, base_url(), limits_.text));
    else if (rel == "self")
        set(made_.url, absolute_url(href, base_url(), limits_.text));
    else if (rel == "next")
        set(made_.next, absolute_url(href, base_url(), limits_.text));
}

void feed_builder::enclosure(xml::attributes const& with, std::string_view address, std::string_view length) {
    auto& all = item_.enclosures;
    feed_enclosure one;
    one.url = resolved(address);
    if (one.url.empty() || all.size() == limits_.many)
        return;
    if (std::ranges::find(all, one.url, &feed_enclosure::url) != all.end())
        return;  // media:content often says it again
    one.type = kept_.keep(one_line(with.get("type").value_or(""), 200));
    std::uint64_t bytes = 0;
    bool good = !length.empty() && length.size() < 19;
    for (auto const c : length) {
        good = good && is_digit(c);
        bytes = bytes * 10 + static_cast<unsigned char>(c - '0');
    }
    if (good && bytes > 0)
        one.length = bytes;
    all.push_back(std::move(one));
}

feed_builder::place feed_builder::open_field(xml::element_name name, xml::attributes const& with) {
    field_ = feed_field_of(name, own_);
    if (field_ == feed_field::none)
        return place::ignored;
    auto form = text_form::unsaid;
    if (made_.type == "atom" && name.in != vocabulary::media)
        form = form_of(with);
    else if (name.in == vocabulary::media)
        form = with.get("type") == "html" ? text_form::html : text_form::plain;
    if (field_ == feed_field::full_text)
        form = name.local == "body" ? text_form::xhtml : text_form::html;
    if (field_ == feed_field::content && with.get("src")) {
        if (item_.url.empty())
            item_.url = resolved(*with.get("src"));
        return place::ignored;
    }
    if (field_ == feed_field::id && name.local == "guid" && !id_is_url_)
        id_is_url_ = with.get("isPermaLink").value_or("true") != "false";
    capture_ = capture(form, holds_markup(field_));
    return place::field;
}

}  // namespace fetchd::tasks
