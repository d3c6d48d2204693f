#include <algorithm>

#include "worker/tasks/feed_builder.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {

void feed_builder::close_field() {
    auto const value = std::string(utf8::trimmed(capture_.value()));
    if (value.empty() || capture_.form() == text_form::ignored)
        return;
    if (places_.back() == place::person) {
        if (field_ == feed_field::name)
            set(person_.name, one_line(value, limits_.text));
        else if (field_ == feed_field::email)
            set(person_.email, one_line(value, limits_.text));
        else if (field_ == feed_field::page)
            set(person_.url, absolute_url(value, base_url(), limits_.text));
        return;
    }
    if (places_.back() == place::image)
        return set(made_.icon, absolute_url(value, base_url(), limits_.text));
    store(field_, value);
}

void feed_builder::store(feed_field field, std::string const& value) {
    switch (field) {
        case feed_field::author:
            return add_person(person_of(one_line(value, limits_.text)));
        case feed_field::category:
            return add_category(value);
        default:
            return in_item() ? store_in_item(field, value) : store_in_feed(field, value);
    }
}

void feed_builder::store_in_item(feed_field field, std::string const& value) {
    switch (field) {
        case feed_field::content:
        case feed_field::full_text:
            return store_body(value, capture_.form());
        case feed_field::date:
            dated_ = value;
            return;
        case feed_field::description:
            return store_description(value);
        case feed_field::id:
            item_.id = kept_.keep(one_line(value, limits_.text));
            return;
        case feed_field::language:
            return set(item_.language, one_line(value, 100));
        case feed_field::link:
            return set(item_.url, absolute_url(value, base_url(), limits_.text));
        case feed_field::modified:
            return set_date(item_.updated, value);
        case feed_field::published:
            return set_date(item_.published, value);
        case feed_field::summary:
            return set(item_.summary, plain(value));
        case feed_field::title:
            return set(item_.title, plain(value));
        default:
            return;
    }
}

void feed_builder::store_in_feed(feed_field field, std::string const& value) {
    switch (field) {
        case feed_field::copyright:
            return set(made_.rights, plain(value));
        case feed_field::date:
        case feed_field::modified:
        case feed_field::published:
            return set_date(made_.updated, value);
        case feed_field::description:
        case feed_field::summary:
            return set(made_.description, plain(value));
        case feed_field::generator:
            return set(made_.generator, one_line(value, limits_.text));
        case feed_field::icon:
            return set(made_.icon, absolute_url(value, base_url(), limits_.text));
        case feed_field::language:
            return set(made_.language, one_line(value, 100));
        case feed_field::link:
            return set(made_.home, absolute_url(value, base_url(), limits_.text));
        case feed_field::title:
            return set(made_.title, plain(value));
        default:
            return;
    }
}

std::string feed_builder::plain(std::string const& value) {
    auto const form = capture_.form();
    bool const markup = form == text_form::html || (form == text_form::unsaid && looks_like_markup(value));
    return markup && looks_like_markup(value) ? visible_text(value, limits_.text)
                                              : one_line(value, limits_.text);
}

void feed_builder::store_body(std::string const& value, text_form form) {
    bool const markup = form == text_form::html || (form == text_form::unsaid && looks_like_markup(value));
    set(markup ? item_.content_html : item_.content_text, value);
}

void feed_builder::store_description(std::string const& value) {
    auto const first = plain(value);
    set(item_.summary, first);
    bool const markup = capture_.form() == text_form::html || looks_like_markup(value);
    if (markup || value.size() > limits_.text)
        described_ = kept_.keep(value);
    described_in_markup_ = markup;
}

void feed_builder::add_person(feed_person one) {
    auto& all = in_item() ? item_.authors : made_.authors;
    if ((one.name.empty() && one.email.empty() && one.url.empty()) || all.size() == limits_.many)
        return;
    for (auto& known : all)
        if (known.name == one.name || (!one.email.empty() && known.email == one.email))
            return;
    one.name = kept_.keep(std::move(one.name));
    one.email = kept_.keep(std::move(one.email));
    all.push_back(std::move(one));
}

void feed_builder::add_category(std::string_view written) {
    auto& all = in_item() ? item_.categories : made_.categories;
    auto one = one_line(written, limits_.text);
    if (!one.empty() && all.size() < limits_.many && std::ranges::find(all, one) == all.end())
        all.push_back(kept_.keep(std::move(one)));
}

void feed_builder::close_person() {
    add_person(std::move(person_));
    person_ = {};
}

void feed_builder::close_item() {
    item_depth_ = 0;
    if (item_.content_html.empty() && item_.content_text.empty() && !described_.empty())
        (described_in_markup_ ? item_.content_html : item_.content_text) = std::move(described_);
    if (item_.url.empty() && id_is_url_ && (item_.id.starts_with("http:") || item_.id.starts_with("https:")))
        item_.url = resolved(item_.id);
    set_date(item_.published, dated_);
    made_.items.push_back(std::move(item_));
    item_ = {};
}

}  // namespace fetchd::tasks
