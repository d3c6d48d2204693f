// Which element of RSS, Atom and their extensions says what of a feed or an item.
#pragma once

#include "worker/tasks/xml_events.hpp"

namespace fetchd::tasks {

enum class feed_field : unsigned char {
    none,
    address,  // of the image of a channel
    author,   // a text that names a person
    category,
    content,  // Atom's
    copyright,
    date,         // dc:date: the time of publication where nothing else says it
    description,  // RSS's: a summary, or all there is
    email,        // of a person
    full_text,    // content:encoded
    generator,
    icon,
    id,
    language,
    link,
    modified,
    name,  // of a person
    page,  // of a person
    published,
    summary,
    title,
};

// `own`: the vocabulary that the feed's root element is of.
feed_field feed_field_of(xml::element_name, xml::vocabulary own);

// Whether markup in it is part of it.
bool holds_markup(feed_field);

}  // namespace fetchd::tasks
