// Every reference of a page as a JSON array, in document order:
// {"url", "text", "rel"?, "kind", "scope"?, "nofollow"?, "descriptor"?}. docs/links.md says what each means.
// At most max_links; references that are no URL, and those that lead nowhere (javascript:, data:), are left
// out.
#include <unordered_set>

#include "base/json_text.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/links_kind.hpp"
#include "worker/tasks/links_srcset.hpp"
#include "worker/tasks/metadata_robots.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::tag;

constexpr std::size_t max_links = 100'000;
constexpr std::size_t max_text = 1000;
constexpr std::string_view followed = "page,download,mail,phone,other";

// "javascript:", "data:", "blob:" and "about:", however written: they name no other document.
bool leads_nowhere(std::string_view reference) {
    while (!reference.empty() && static_cast<unsigned char>(reference[0]) <= 0x20)
        reference.remove_prefix(1);
    switch (ascii_lower(reference.empty() ? '\0' : reference[0])) {
        case 'j':
            return same_word(reference.substr(0, 11), "javascript:");
        case 'd':
            return same_word(reference.substr(0, 5), "data:");
        case 'b':
            return same_word(reference.substr(0, 5), "blob:");
        case 'a':
            return same_word(reference.substr(0, 6), "about:");
        default:
            return false;
    }
}

// The URL in the content of <meta http-equiv=refresh> (HTML §4.2.5.3, "shared declarative refresh steps").
std::string_view refresh_target(std::string_view s) {
    auto const skip = [&s](auto&& wanted) {
        while (!s.empty() && wanted(s[0]))
            s.remove_prefix(1);
    };
    skip(utf8::is_space);
    if (s.empty() || !(is_digit(s[0]) || s[0] == '.'))
        return {};
    skip([](char c) { return is_digit(c) || c == '.'; });
    skip(utf8::is_space);
    if (s.starts_with(';') || s.starts_with(','))
        s.remove_prefix(1);
    skip(utf8::is_space);
    if (same_word(s.substr(0, 3), "url")) {
        auto const whole = s;
        s.remove_prefix(3);
        skip(utf8::is_space);
        if (!s.starts_with('='))
            return whole;
        s.remove_prefix(1);
        skip(utf8::is_space);
    }
    if (s.starts_with('"') || s.starts_with('\'')) {
        char const quote = s[0];
        s.remove_prefix(1);
        s = s.substr(0, s.find(quote));
    }
    return s;
}

class link_writer {
  public:
    link_writer(context& visit, survey const& found, std::string& out)
        : visit_(visit),
          links_(visit.references()),
          out_(out),
          kinds_(parse_link_kinds(visit.option("kinds")).value_or(all_link_kinds)),
          unique_(visit.flag("unique")),
          scope_(visit.option("scope")),
          page_nofollow_(read_robots(visit, found).nofollow()) {}

    bool done() const { return written_ == max_links || out_.size() > visit_.room(); }

    void element(node n) {
        switch (n.tag()) {
            case tag::a:
            case tag::area:
                return anchor(n);
            case tag::link:
                return link(n);
            case tag::meta:
                return refresh(n);
            case tag::img:
                image(n);
                return candidates(n, "alt");
            case tag::source:
                return source(n);
            case tag::input:
                if (same_word(n.attribute("type").value_or(""), "image"))
                    one(n, link_kind::image, "src", "alt");
                return;
            case tag::video:
                one(n, link_kind::media, "src", "title");
                return one(n, link_kind::image, "poster", "title");
            case tag::object:
                return one(n, link_kind::media, "data", "title");
            case tag::audio:
            case tag::embed:
            case tag::track:
                return one(n, link_kind::media, "src", "title");
            case tag::frame:
            case tag::iframe:
                return one(n, link_kind::frame, "src", "title");
            case tag::script:
                return one(n, link_kind::script, "src", "title");
            case tag::form:
                return one(n, link_kind::form, "action", "title");
            default:
                return;
        }
    }

  private:
    bool wants(link_kind k) const { return (kinds_ & bit(k)) != 0; }

    void anchor(node n) {
        constexpr auto anchors = bit(link_kind::page) | bit(link_kind::download) | bit(link_kind::mail) |
                                 bit(link_kind::phone) | bit(link_kind::other) | bit(link_kind::feed);
        if ((kinds_ & anchors) == 0)
            return;
        auto const target = resolve(n.attribute("href").value_or(""));
        if (!target)
            return;
        auto const kind = kind_of_anchor(n, target->href);
        if (!wants(kind) || !fresh(*target))
            return;
        begin(*target);
        auto text = n.tag() == tag::area ? std::string() : html::inline_text(n, max_text);
        if (text.empty())
            text = label(n, n.tag() == tag::area ? "alt" : "aria-label");
        end(n, *target, kind, text, {});
    }

    void link(node n) {
        if (auto const kind = kind_of_link(n); wants(kind))
            add(n, kind, n.attribute("href").value_or(""), "title", {});
    }

    void refresh(node n) {
        if (wants(link_kind::page) && same_word(n.attribute("http-equiv").value_or(""), "refresh"))
            if (auto const to = refresh_target(n.attribute("content").value_or("")); !to.empty())
                add(n, link_kind::page, to, {}, {});
    }

    // Images that scripts load later have no address yet, or bytes of their own, and the address in data-src.
    void image(node n) {
        auto const now = n.attribute("src");
        bool const later = !now || now->empty() || leads_nowhere(*now);
        one(n, link_kind::image, later ? "data-src" : "src", "alt");
    }

    void source(node n) {
        auto const around = n.parent().tag();
        if (around == tag::video || around == tag::audio)
            one(n, link_kind::media, "src", "title");
        else
            candidates(n, {});
    }

    void one(node n, link_kind kind, std::string_view attribute, std::string_view text) {
        if (wants(kind))
            if (auto const reference = n.attribute(attribute); reference && !reference->empty())
                add(n, kind, *reference, text, {});
    }

    void candidates(node n, std::string_view text) {
        auto const set = wants(link_kind::image) ? n.attribute("srcset") : std::nullopt;
        if (!set)
            return;
        parse_srcset(*set, candidates_);
        for (auto const& candidate : candidates_)
            add(n, link_kind::image, candidate.url, text, candidate.descriptor);
    }

    void add(node n, link_kind kind, std::string_view reference, std::string_view text,
             std::string_view descriptor) {
        auto const target = resolve(reference);
        if (!target || !fresh(*target))
            return;
        begin(*target);
        end(n, *target, kind, text.empty() ? std::string() : label(n, text), descriptor);
    }

    // Nothing where it is no URL, leads nowhere, or elsewhere than is wanted.
    std::optional<link_target> resolve(std::string_view reference) {
        if (done() || leads_nowhere(reference))
            return std::nullopt;
        auto const target = links_.resolve(reference);
        if (target && ((scope_ == "internal" && target->scope != link_scope::internal) ||
                       (scope_ == "external" && target->scope != link_scope::external)))
            return std::nullopt;
        return target;
    }

    bool fresh(link_target const& target) {
        return !unique_ || seen_.emplace(target.href.substr(0, target.href.find('#'))).second;
    }

    static std::string label(node n, std::string_view attribute) {
        return html::collapsed(utf8::prefix(n.attribute(attribute).value_or(""), max_text));
    }

    void begin(link_target const& target) {
        out_ += written_++ == 0 ? "{\"url\":" : ",{\"url\":";
        json_text::append_string(out_, target.href);
    }

    void end(node n, link_target const& target, link_kind kind, std::string_view text,
             std::string_view descriptor) {
        out_ += ",\"text\":";
        json_text::append_string(out_, text);
        auto const rel = label(n, "rel");
        if (!rel.empty()) {
            out_ += ",\"rel\":";
            json_text::append_string(out_, rel);
        }
        out_.append(",\"kind\":\"").append(name_of(kind)).append("\"");
        if (target.scope != link_scope::none)
            out_ +=
                target.scope == link_scope::internal ? ",\"scope\":\"internal\"" : ",\"scope\":\"external\"";
        if (is_nofollow(n, rel))
            out_ += ",\"nofollow\":true";
        if (!descriptor.empty()) {
            out_ += ",\"descriptor\":";
            json_text::append_string(out_, descriptor);
        }
        out_ += '}';
    }

    // Of what a robot would follow; what a page loads is not followed.
    bool is_nofollow(node n, std::string_view rel) const {
        auto const t = n.tag();
        if (t != tag::a && t != tag::area && t != tag::form && t != tag::meta)
            return false;
        return page_nofollow_ || (!rel.empty() && has_word(rel, "nofollow"));
    }

    context& visit_;
    resolver& links_;
    std::string& out_;
    link_kinds kinds_;
    bool unique_;
    std::string_view scope_;
    bool page_nofollow_;
    std::size_t written_ = 0;
    std::vector<image_candidate> candidates_;
    std::unordered_set<std::string> seen_;
};

result<void> run(context& visit, std::string& out) {
    auto const looked = visit.look();
    if (!looked)
        return looked.error();
    auto const& found = **looked;
    out += '[';
    link_writer writer(visit, found, out);
    auto link = found.links.begin();
    for (auto embed : found.embeds) {
        for (; link != found.links.end() && link->number() < embed.number() && !writer.done(); ++link)
            writer.element(*link);
        if (writer.done())
            break;
        writer.element(embed);
    }
    for (; link != found.links.end() && !writer.done(); ++link)
        writer.element(*link);
    if (out.size() > visit.room())
        return too_much_output(visit);
    out += ']';
    return {};
}

result<void> check(task_options const& options) {
    if (!parse_link_kinds(options.get("kinds")))
        return failure{
            stage::process, code::bad_option,
            "links.kinds: want all, or some of page, download, mail, phone, other, form, frame, image, "
            "media, script, style, icon, feed, alternate, related, hint"};
    return {};
}

constexpr option links_options[] = {
    {"kinds", option::type::text, "", followed,
     "what the links lead to: all, or a list of kinds (docs/links.md)"},
    {"scope", option::type::choice, "all|internal|external", "all",
     "internal: only links to the same registrable domain"},
    {"unique", option::type::flag, "", "false", "each URL once, whatever its fragment"},
};

}  // namespace

extern entry const links_task;  // registry.cpp
entry const links_task{"links",
                       output_kind::json,
                       run,
                       "application/json",
                       links_options,
                       check,
                       "Every link of a page: absolute, with its text, kind and scope.",
                       "links.md"};

}  // namespace fetchd::tasks
