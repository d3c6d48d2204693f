#include "service/ask.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace fetchd::test {
namespace {

namespace json = boost::json;

std::string target_of(std::string_view path, std::string_view url, std::string_view more) {
    return std::string(path) + "?url=" + percent_encode(url) + std::string(more);
}

double metric_in(std::string const& page, std::string_view name) {
    auto const text = "\n" + page;
    auto const line = text.find("\n" + std::string(name) + " ");
    return line == text.npos ? -1 : std::strtod(text.c_str() + line + name.size() + 2, nullptr);
}

template <class Ask>
bool wait_for(Ask ask, std::string_view name, double value, milliseconds deadline) {
    auto const until = test_clock::now() + deadline;
    double last = -1;
    do
        if ((last = ask()) == value)
            return true;
    while (test_clock::now() < until);
    ADD_FAILURE() << name << " is " << last << ", not " << value;
    return false;
}

}  // namespace

testing::AssertionResult contains(std::string_view text, std::string_view part) {
    if (text.find(part) != text.npos)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << "\"" << part << "\" is not in: " << text;
}

struct document::inner {
    json::value value;
    bool parsed = false;

    json::value const* at(std::string_view pointer) const {
        json::error_code ec;
        return value.find_pointer({pointer.data(), pointer.size()}, ec);
    }
};

document::document(std::string const& text) : inner_(std::make_unique<inner>()) {
    json::error_code ec;
    inner_->value = json::parse(text, ec);
    inner_->parsed = !ec;
    EXPECT_FALSE(ec) << "not JSON: " << text;
}

document::~document() = default;
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;

std::string document::operator[](std::string_view pointer) const {
    if (!inner_->parsed)
        return "not JSON";
    auto const* const found = inner_->at(pointer);
    if (!found)
        return "absent";
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

std::size_t document::size(std::string_view pointer) const {
    auto const* const found = inner_->at(pointer);
    return found && found->is_array() ? found->get_array().size() : 0;
}

double document::number(std::string_view pointer) const {
    auto const* const found = inner_->at(pointer);
    json::error_code ec;
    auto const value = found ? found->to_number<double>(ec) : -1;
    return ec ? -1 : value;
}

std::string document::outcome() const {
    auto const& self = *this;
    if (self["/error"] != "absent")
        return self["/error/stage"] + "." + self["/error/code"];
    if (self["/stage"] != "absent")
        return self["/stage"] + "." + self["/code"];
    return self["/outcome"];
}

std::string raw_target(std::string_view url, std::string_view more) {
    return target_of("/v1/raw", url, more);
}

std::string read_target(std::string_view url, std::string_view more) {
    return target_of("/v1/read", url, more);
}

std::string fetch_body(std::string_view url, std::string_view more) {
    return "{\"url\":" + json::serialize(json::string(url.data(), url.size())) + std::string(more) + "}";
}

document fetch(fetchd_process const& service, std::string_view url, std::string_view more) {
    auto const got = post(service.port(), "/v1/fetch", fetch_body(url, more));
    EXPECT_TRUE(got.ok()) << got.status << " " << got.body;
    return document(got.body);
}

document read(fetchd_process const& service, std::string_view url, std::string_view more) {
    auto const got = get(service.port(), read_target(url, more), {{"accept", "application/json"}});
    EXPECT_TRUE(got.ok()) << got.status << " " << got.body;
    return document(got.body);
}

document process(fetchd_process const& service, std::string_view output, std::string_view body,
                 std::string_view content_type) {
    read_options patient;
    patient.deadline = slow(patience());
    auto const got = post(service.port(), "/v1/process?output=" + percent_encode(output), std::string(body),
                          std::string(content_type), {}, patient);
    EXPECT_TRUE(got.ok()) << got.status << " " << got.body;
    return document(got.body);
}

std::future<answer> later(fetchd_process const& service, std::string method, std::string target,
                          std::string body) {
    return std::async(std::launch::async,
                      [port = service.port(), method = std::move(method), target = std::move(target),
                       body = std::move(body)] { return request(port, method, target, {}, body); });
}

std::future<answer> get_later(fetchd_process const& service, std::string target) {
    return later(service, "GET", std::move(target));
}

std::future<answer> fetch_later(fetchd_process const& service, std::string_view url, std::string_view more) {
    return later(service, "POST", "/v1/fetch", fetch_body(url, more));
}

double metric(fetchd_process const& service, std::string_view name) {
    return metric_in(get(service.port(), "/metrics").body, name);
}

double metric(http_client& client, std::string_view name) {
    return metric_in(client.exchange("GET", "/metrics").body, name);
}

bool wait_for_metric(fetchd_process const& service, std::string_view name, double value,
                     milliseconds deadline) {
    return wait_for([&] { return metric(service, name); }, name, value, deadline);
}

bool wait_for_metric(http_client& client, std::string_view name, double value, milliseconds deadline) {
    return wait_for([&] { return metric(client, name); }, name, value, deadline);
}

bool wait_ready(fetchd_process const& service) {
    return wait_for([&] { return get(service.port(), "/readyz").status; }, "the status of /readyz", 200,
                    patience());
}

double slowness() {
    char const* const text = std::getenv("FETCHD_TEST_SLOWNESS");
    double const asked = text ? std::strtod(text, nullptr) : 0;
    if (asked > 0)
        return asked;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 5;
#else
    return 1;
#endif
}

milliseconds slow(milliseconds usual) {
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(usual.count()) * slowness()));
}

bool long_tests() {
    char const* const text = std::getenv("FETCHD_LONG_TESTS");
    return text && *text == '1';
}

names_gate::names_gate() {
    char folder[] = "/tmp/fetchd-names-XXXXXX";
    if (!::mkdtemp(folder))
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    folder_ = folder;
    path_ = folder_ + "/gate";
    if (::mkfifo(path_.c_str(), 0600) != 0)
        throw std::system_error(errno, std::generic_category(), "mkfifo");
}

names_gate::~names_gate() {
    if (writer_ >= 0)
        ::close(writer_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

// A FIFO opened for both has a writer and does not wait for a reader.
void names_gate::open() {
    if (writer_ < 0)
        writer_ = ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

process_options with(std::string config) {
    process_options options;
    options.config = std::move(config);
    return options;
}

process_options faulty(std::string config, std::vector<std::pair<std::string, std::string>> environment) {
    auto options = with(std::move(config));
    options.environment = std::move(environment);
    options.binary = built_program("fetchd-faulty");
    return options;
}

}  // namespace fetchd::test
