// What must have happened before a task may run in a sandbox: no file can be opened there, no thread started,
// and nothing asked of the system. A task whose library does such a thing at its first use has it done here.
#include <openssl/evp.h>
#include <unicode/uclean.h>
#include <unicode/udata.h>

#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include "worker/tasks/jq_filter.hpp"
#include "worker/tasks/pdf_document.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/tasks/xml_events.hpp"

namespace fetchd::tasks {
namespace {

void prepare_icu() {
    auto error = U_ZERO_ERROR;
    udata_setFileAccess(UDATA_NO_FILES, &error);  // only what lies in the library
    u_init(&error);
}

// Fetches the algorithms, and what comes with them.
void prepare_openssl() {
    constexpr std::string_view text = "x";
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
}

// glibc asks at the first larger sort how much memory there is.
void prepare_sort() {
    std::vector<int> numbers(4096);
    std::qsort(numbers.data(), numbers.size(), sizeof(int), [](void const*, void const*) { return 0; });
}

}  // namespace

void prepare() {
    ::tzset();
    prepare_icu();
    prepare_openssl();
    pdf::prepare();
    xml::prepare();
    prepare_jq();
    prepare_sort();
}

}  // namespace fetchd::tasks
