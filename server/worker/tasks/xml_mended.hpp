// XML as people write it made readable for an XML parser, without changing what is well-formed.
//
// Pure. One pass; copies nothing where there is nothing to mend.
// References by name become references by number or characters, all of them: after its first complaint
// libxml2 leaves out what has a name, "&amp;" too.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::xml {

// `utf8` from its first element on, without XML declaration, DTD, comments and processing
// instructions; empty where there is none. Outside CDATA sections: '&' that begins no reference becomes
// "&#38;", XML's and HTML's named characters (&lt;, &nbsp;) become what they stand for, other names, which
// only a DTD could declare, become text, and so does '<' before what can begin no markup; no tag has more
// than 250 attributes. Everywhere: characters that XML forbids become a space (C0 controls) or U+FFFD.
// Returns a view of `utf8` where it is that already, and of `storage` otherwise.
std::string_view mended(std::string_view utf8, std::string& storage);

}  // namespace fetchd::xml
