// The pages of the sample site: a small harbour town's, as a site of its kind might have them.
#pragma once

#include <string>

namespace fetchd::test {

std::string article_page();
std::string listing_page();
std::string index_page();
std::string latin1_page();  // German, in ISO-8859-1
std::string gzip_page();    // plain; the site compresses it
std::string slow_page();
std::string missing_page();
std::string robots_text();

}  // namespace fetchd::test
