// sitemaps.org's XML, made into a sitemap element by element.
#pragma once

#include "http/url.hpp"
#include "worker/tasks/feed_text.hpp"
#include "worker/tasks/sitemap.hpp"

namespace fetchd::tasks {

// Judges the URLs of one sitemap, and counts what is kept of it.
class sitemap_places {
  public:
    sitemap_places(std::string_view address, sitemap_limits const& limits);

    // Into entry.loc, with the sitemap's counts; false where it is refused.
    bool locate(sitemap& of, sitemap_entry& entry, std::string_view written);

    // A URL that goes with a page; empty where it is none.
    std::string resolved(std::string_view written);
    std::string keep(std::string text) { return kept_.keep(std::move(text)); }
    bool spent() const { return kept_.spent(); }

  private:
    std::optional<url> own_;
    std::size_t longest_;
    allowance kept_;
};

// Whether it is a sitemap. Not: `root` tells the root element's name.
result<bool> read_xml_sitemap(std::string_view utf8, sitemap_places&, sitemap_limits const&, sitemap& made,
                              std::string& root);

}  // namespace fetchd::tasks
