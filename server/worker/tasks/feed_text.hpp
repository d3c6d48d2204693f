// What a feed's texts mean: plain text or markup, people, addresses. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/url.hpp"
#include "worker/tasks/feed.hpp"

namespace fetchd::tasks {

// RSS does not say whether a text is plain or HTML: it is HTML where it has a tag or a character reference.
bool looks_like_markup(std::string_view text);

// What a reader sees of HTML, on one line, at most `bytes`. Hidden parts are left out. Looks at the first
// 64 KiB of markup only.
std::string visible_text(std::string_view markup, std::size_t bytes);

// On one line, at most `bytes`.
std::string one_line(std::string_view text, std::size_t bytes);

// "lawyer@boyer.net (Lawyer Boyer)", "Lawyer Boyer <lawyer@boyer.net>", either alone.
feed_person person_of(std::string_view written);

// Absolute against `base`; empty where it is no URL, a script, or longer than `longest`.
std::string absolute_url(std::string_view reference, std::optional<url> const& base, std::size_t longest);

// Adds up what is kept of a feed, to end in time.
class allowance {
  public:
    explicit allowance(std::size_t bytes) : left_(bytes) {}

    // The text, or nothing where it is more than is left: then the feed ends here.
    std::string keep(std::string text) {
        if (text.size() > left_) {
            spent_ = true;
            return {};
        }
        left_ -= text.size();
        return text;
    }
    std::size_t left() const { return left_; }
    bool spent() const { return spent_; }

  private:
    std::size_t left_;
    bool spent_ = false;
};

}  // namespace fetchd::tasks
