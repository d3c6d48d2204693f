// Theme: what the service says of its workers' sandbox, here and where a container refuses part of it.
#include <gtest/gtest.h>

#include "service/ask.hpp"

namespace fetchd::test {
namespace {

constexpr char const* layers[] = {"network_namespace", "empty_root", "privileges", "limits",
                                  "landlock",          "seccomp"};

process_options in_a_container(std::string config) {
    process_options o;
    o.config = std::move(config);
    o.binary = built_program("like-container");
    o.environment = {{"LIKE_CONTAINER_RUN", built_program("fetchd")}};
    return o;
}

bool in_force(fetchd_process const& service, std::string const& layer) {
    return metric(service, "fetchd_sandbox_layer{layer=\"" + layer + "\"}") == 1;
}

TEST(Sandbox, ReadinessMetricsAndLogSayTheSame) {
    fetchd_process service;
    ASSERT_TRUE(wait_ready(service));
    auto const ready = document(get(service.port(), "/readyz").body);
    std::size_t missing = 0;
    for (std::string const layer : layers) {
        auto const there = in_force(service, layer);
        EXPECT_EQ(ready["/sandbox/layers/" + layer], there ? "true" : "false") << layer;
        EXPECT_EQ(service.count_log("sandbox layer missing layer=" + layer), there ? 0U : 1U) << layer;
        missing += there ? 0 : 1;
    }
    EXPECT_EQ(ready["/sandbox/ok"], missing == 0 ? "true" : "false");
    EXPECT_TRUE(in_force(service, "privileges"));
    EXPECT_TRUE(in_force(service, "limits"));
}

TEST(Sandbox, ContainerLeavesOutTheNamespacesAndIsReadyAllTheSame) {
    fetchd_process service(in_a_container(""));
    ASSERT_TRUE(wait_ready(service));

    auto const ready = document(get(service.port(), "/readyz").body);
    EXPECT_EQ(ready["/status"], "ready");
    EXPECT_EQ(ready["/sandbox/ok"], "false");
    EXPECT_EQ(ready["/sandbox/layers/network_namespace"], "false");
    EXPECT_EQ(ready["/sandbox/layers/empty_root"], "false");
    EXPECT_EQ(ready["/sandbox/layers/seccomp"], "true");
    EXPECT_FALSE(in_force(service, "network_namespace"));
    EXPECT_TRUE(in_force(service, "seccomp"));
    EXPECT_EQ(service.count_log("sandbox layer missing layer=network_namespace cause=\"EPERM"), 1U);
    EXPECT_EQ(service.count_log("sandbox layer missing layer=empty_root cause=\"EPERM"), 1U);
    EXPECT_EQ(service.count_log("advice=\""), service.count_log("sandbox layer missing"));
    EXPECT_EQ(process(service, "text", "<p>x")["/output/text"], "x\n");
}

TEST(Sandbox, RequiredSandboxThatIsNotThereIsNoStart) {
    auto options = in_a_container("[processing]\nrequire_sandbox = true\n");
    options.wait_listening = false;
    options.expect_clean = false;
    fetchd_process service(options);

    EXPECT_EQ(service.wait_exit(), 1);
    EXPECT_EQ(service.count_log("fetchd: sandbox layer missing: network_namespace: EPERM"), 1U);
    EXPECT_EQ(service.count_log("fetchd: sandbox layer missing: empty_root: EPERM"), 1U);
    EXPECT_EQ(service.count_log("listening"), 0U);
}

TEST(Sandbox, RequiredSandboxThatIsThereStarts) {
    {
        fetchd_process service;
        ASSERT_TRUE(wait_ready(service));
        if (document(get(service.port(), "/readyz").body)["/sandbox/ok"] != "true")
            GTEST_SKIP() << "not all layers are there";
    }
    process_options options;
    options.config = "[processing]\nrequire_sandbox = true\n";
    fetchd_process service(options);
    EXPECT_TRUE(wait_ready(service));
}

}  // namespace
}  // namespace fetchd::test
