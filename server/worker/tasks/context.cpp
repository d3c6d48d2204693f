#include "worker/tasks/context.hpp"

#include <cmath>

#include "http/decode.hpp"

namespace fetchd::tasks {
namespace {

decode_limits limits_of(request const& want) {
    decode_limits limits;
    limits.output_bytes = want.max_decoded;
    limits.ratio = want.max_ratio >= 1 && want.max_ratio < 1e12
                       ? static_cast<std::uint64_t>(std::ceil(want.max_ratio))
                       : 0;
    return limits;
}

void note_annotations(html::node n, survey& found) {
    auto const has = n.annotations();
    if (has == 0)
        return;
    if ((has & html::node::itemscope) != 0)
        found.scopes.push_back(n);
    if ((has & html::node::itemprop) != 0)
        found.properties.push_back(n);
    if ((has & html::node::rdfa) != 0 ||
        ((has & html::node::rdfa_property) != 0 && n.tag() != html::tag::meta))
        found.rdfa = true;
}

void note(html::node n, survey& found) {
    auto const tag = n.tag();
    if (tag == html::tag::text)
        return;
    note_annotations(n, found);
    switch (tag) {
        case html::tag::html:
            if (!found.html)
                found.html = n;
            break;
        case html::tag::base:
            if (!found.base && n.attribute("href"))
                found.base = n;
            break;
        case html::tag::title:
            if (!found.title)
                found.title = n;
            break;
        case html::tag::meta:
            found.metas.push_back(n);
            if (n.attribute("http-equiv"))
                found.embeds.push_back(n);
            break;
        case html::tag::audio:
        case html::tag::embed:
        case html::tag::form:
        case html::tag::frame:
        case html::tag::iframe:
        case html::tag::img:
        case html::tag::input:
        case html::tag::object:
        case html::tag::script:
        case html::tag::source:
        case html::tag::track:
        case html::tag::video:
            found.embeds.push_back(n);
            break;
        case html::tag::a:
        case html::tag::area:
        case html::tag::link:
            if (n.attribute("href"))
                found.links.push_back(n);
            break;
        default:
            break;
    }
}

}  // namespace

result<void> context::open() {
    bytes_ = wire_;
    if (!want_.content_encoding.empty()) {
        std::vector<std::string_view> const fields(want_.content_encoding.begin(),
                                                   want_.content_encoding.end());
        auto decoder = decoder::create(fields, limits_of(want_));
        if (!decoder)
            return decoder.error();
        if (!decoder->identity()) {
            auto append = [&](std::span<char const> piece) { undone_.append(piece.data(), piece.size()); };
            if (auto wrote = decoder->write(wire_, append); !wrote)
                return wrote.error();
            if (auto ended = decoder->finish(); !ended)
                return ended.error();
            bytes_ = undone_;
        }
    }
    if (bytes_.size() > want_.max_decoded)
        return failure{stage::decode, code::too_large, std::to_string(want_.max_decoded) + " bytes"};
    supplied_ = extract_mime_type(want_.content_type);
    sniff_conditions when;
    when.apache_default = is_apache_default(want_.content_type);
    when.no_sniff = want_.no_sniff;
    type_ = type_of(supplied_, bytes_, when);
    kind_ = kind_of(type_.essence);
    return {};
}

std::string_view context::charset_label() const {
    auto const label = supplied_ ? supplied_->parameter("charset") : std::nullopt;
    return label.value_or(std::string_view());
}

charset::choice context::charset() {
    if (!charset_) {
        auto const markup = kind_ == media_kind::html ? charset::markup::html
                            : mime::is_xml(essence()) ? charset::markup::xml
                                                      : charset::markup::none;
        charset_ = charset::choose(bytes_, charset_label(), markup);
        // Nothing else is JSON (RFC 8259 §8.1), however it looks.
        if (mime::is_json(essence()) && charset_->name != "utf-8" && charset_->source != "bom" &&
            charset_->source != "header") {
            charset_->name = "utf-8";
            charset_->source = "default";
        }
    }
    return *charset_;
}

std::vector<std::string_view> context::fields(std::string_view name) const {
    std::vector<std::string_view> values;
    for (auto const& field : want_.fields)
        if (field.name == name)
            values.emplace_back(field.value);
    return values;
}

failure context::unsupported() const {
    return failure{stage::process, code::unsupported_type, std::string(essence())};
}

result<std::string_view> context::text() {
    if (!is_text())
        return unsupported();
    if (!text_)
        text_ = charset().valid_utf8 ? bytes_ : charset::to_utf8(bytes_, charset().name, converted_);
    return *text_;
}

result<void> context::copy_text(std::string& out) {
    auto const all = text();
    if (!all)
        return all.error();
    if (all->size() > room())
        return too_much_output(*this);
    out = *all;
    return {};
}

result<html::document const*> context::document() {
    if (kind_ != media_kind::html)
        return unsupported();
    if (!document_) {
        auto const utf8 = text();
        if (!utf8)
            return utf8.error();
        auto parsed = html::document::parse(*utf8);
        if (!parsed)
            return parsed.error();
        document_ = std::move(*parsed);
    }
    return &*document_;
}

result<survey const*> context::look() {
    if (survey_)
        return &*survey_;
    auto const page = document();
    if (!page)
        return page.error();
    auto& found = survey_.emplace();
    unsigned templates = 0;  // open: what is in them is numbered, and else no part of the page
    html::walk((*page)->root(),
               [&](html::node n) {
                   n.set_number(++found.nodes);
                   if (n.tag() == html::tag::template_)
                       ++templates;
                   else if (templates == 0)
                       note(n, found);
                   return html::step::into;
               },
               [&](html::node n) { templates -= static_cast<unsigned>(n.tag() == html::tag::template_); });
    return &*survey_;
}

result<article const*> context::article() {
    if (!article_) {
        auto const page = document();
        if (!page)
            return page.error();
        article_ = find_article(**page);
    }
    return &*article_;
}

// HTML §2.4.3: the document's <base href>, itself resolved against the document's address.
resolver& context::references() {
    if (references_)
        return *references_;
    std::optional<url> own;
    if (!want_.base_url.empty())
        if (auto parsed = url::parse(want_.base_url))
            own = std::move(*parsed);
    auto base = own;
    if (auto const found = look(); found && (*found)->base) {
        auto const href = (*found)->base.attribute("href").value_or("");
        if (auto declared = url::parse(href, own ? &*own : nullptr); declared && declared->is_http())
            base = std::move(*declared);
    }
    return references_.emplace(own, std::move(base));
}

std::optional<std::string> context::absolute(std::string_view reference) {
    auto const target = references().resolve(reference);
    if (!target)
        return std::nullopt;
    return std::string(target->href);
}

failure too_much_output(context const& visit) {
    return failure{stage::process, code::output_too_large,
                   "more than " + std::to_string(visit.room()) + " bytes"};
}

}  // namespace fetchd::tasks
