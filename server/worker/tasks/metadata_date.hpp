// Dates as pages write them, as ISO 8601 where there is no doubt which is meant. Pure functions, no clock.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::tasks {

// "2012-04-04", "2012-04" or "2012-04-04T19:50:00-07:00" ("Z" for UTC, no offset where none is said), of ISO
// 8601 in its usual spellings, of the dates of HTTP and mail, and of English with the month as a word. Empty
// where the text is no date or could be several: "04/05/2012", a zone few would agree on.
std::string iso_date(std::string_view text);

// Which of the types of HTML+RDFa §3.1 the text is written as: "dateTime", "date", "time", "gYearMonth",
// "gYear", "duration"; empty where it is none.
std::string_view xsd_type_of(std::string_view text);

}  // namespace fetchd::tasks
