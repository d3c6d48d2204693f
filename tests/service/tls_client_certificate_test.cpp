// Theme: origins that ask for a certificate of ours.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <cinttypes>
#include <fstream>
#include <optional>

#include "service/tls_fixture.hpp"

namespace fetchd::test {
namespace {

class TlsClientCertificate : public tls_test {
  protected:
    std::string entry(std::string const& host, certificate_files const& files) const {
        return "\"" + host + "=" + files.chain() + ":" + files.key() + "\"";
    }
    static std::string setting(std::initializer_list<std::string> entries) {
        std::string text = "client_certificates = [";
        for (auto const& each : entries)
            text += each + ", ";
        return text + "]\n";
    }
    certificate client(std::string name) const {
        leaf wanted;
        wanted.names = {std::move(name)};
        wanted.for_clients = true;
        return ca.issue(wanted);
    }
    std::unique_ptr<scripted_origin> asking(client_auth how, tls_version version = tls_version::any) const {
        tls_options tls;
        tls.identity = ca.for_names({"127.0.0.1", "a.test", "b.test", "deep.a.test"});
        tls.version = version;
        tls.clients = how;
        tls.client_ca = ca.file();
        return origin_with(tls);
    }
    std::string names =
        "resolve = [\"a.test:*:127.0.0.1\", \"a.test.:*:127.0.0.1\", "
        "\"b.test:*:127.0.0.1\", \"deep.a.test:*:127.0.0.1\"]\n";
};

TEST_F(TlsClientCertificate, IsShownToItsHostWhereThatAsks) {
    certificate_files const files(client("we"));
    start(setting({entry("127.0.0.1", files)}));
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        auto const origin = asking(client_auth::required, version);
        EXPECT_EQ(fetch(*service, origin->url()).outcome(), "ok");
        EXPECT_EQ(origin->record().connections[0].tls.client_name, "we");
    }
    auto const unasking = origin_with(ca.issue({}));
    EXPECT_EQ(fetch(*service, unasking->url()).outcome(), "ok");
    EXPECT_EQ(unasking->record().connections[0].tls.client_name, "");
}

TEST_F(TlsClientCertificate, IsShownToNoOtherHostAlsoAfterRedirects) {
    certificate_files const files(client("we"));
    start(setting({entry("a.test", files)}) + names + "max_idle = 0\n");
    auto const origin = asking(client_auth::wanted);
    origin->on("/away", script{}.answer(302, "", {{"location", https(*origin, "b.test")}}));
    origin->on("/below", script{}.answer(302, "", {{"location", https(*origin, "deep.a.test")}}));
    origin->on("/back", script{}.answer(302, "", {{"location", https(*origin, "A.test.")}}));

    EXPECT_EQ(fetch(*service, https(*origin, "a.test") + "away").outcome(), "ok");
    EXPECT_EQ(fetch(*service, https(*origin, "a.test") + "below").outcome(), "ok");
    EXPECT_EQ(fetch(*service, https(*origin, "b.test") + "back").outcome(), "ok");

    std::vector<std::string> seen;
    for (auto const& each : origin->record().connections)
        seen.push_back(each.tls.server_name + ": " + each.tls.client_name);
    EXPECT_EQ(seen, (std::vector<std::string>{"a.test: we", "b.test: ", "a.test: we",
                                              "deep.a.test: ", "b.test: ", "a.test: we"}));
}

TEST_F(TlsClientCertificate, NameWinsOverSuffixAndLongerSuffixOverShorter) {
    certificate_files const exact(client("exact"));
    certificate_files const below_a(client("below a"));
    certificate_files const below_test(client("below test"));
    start(setting({entry("*.test", below_test), entry("*.A.test", below_a), entry("a.test", exact)}) + names);
    auto const origin = asking(client_auth::required);
    for (auto const& [host, shown] : std::initializer_list<std::pair<char const*, char const*>>{
             {"a.test", "exact"}, {"deep.a.test", "below a"}, {"b.test", "below test"}}) {
        EXPECT_EQ(fetch(*service, https(*origin, host)).outcome(), "ok") << host;
        EXPECT_EQ(origin->record().connections.back().tls.client_name, shown);
    }
}

// In TLS 1.3 the origin says so only after the handshake.
TEST_F(TlsClientCertificate, WhereNoneIsConfiguredThatIsSaid) {
    certificate_files const files(client("we"));
    start(setting({entry("elsewhere.test", files)}));
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        auto const origin = asking(client_auth::required, version);

        auto const got = fetch(*service, origin->url());

        EXPECT_EQ(got.outcome(), "tls.client_certificate");
        EXPECT_TRUE(contains(got["/error/message"], "none is configured for this host"));
        EXPECT_EQ(got["/error/retryable"], "false");
        EXPECT_EQ(origin->requests_seen(), 0u);
        EXPECT_EQ(origin->connections_opened(), 1u);
    }
    EXPECT_EQ(fetch(*service, asking(client_auth::wanted)->url()).outcome(), "ok");
}

TEST_F(TlsClientCertificate, WhichTheOriginRefusesIsSaid) {
    test_ca const stranger("a stranger");
    leaf wanted;
    wanted.for_clients = true;
    certificate_files const files(stranger.issue(wanted));
    start(setting({entry("127.0.0.1", files)}));
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        auto const got = fetch(*service, asking(client_auth::required, version)->url());

        EXPECT_EQ(got.outcome(), "tls.client_certificate");
        EXPECT_TRUE(contains(got["/error/message"], "the origin refused the configured one: unknown CA"));
    }
}

// An origin that has answered was content with what it got: what ends the connection later is another matter.
TEST_F(TlsClientCertificate, AlertAfterTheFirstAnswerIsNotAboutIt) {
    start();
    tls_options tls;
    tls.identity = ca.issue({});
    tls.version = tls_version::tls_1_2;
    tls.clients = client_auth::wanted;
    tls.client_ca = ca.file();
    tls.then = [](SSL* s) {
        char request[4096];
        SSL_read(s, request, sizeof request);
        auto const half = answer_head(200, {{"content-length", "9"}}) + "half";
        SSL_write(s, half.data(), static_cast<int>(half.size()));
        SSL_renegotiate(s);  // refused, which this origin answers with an alert: handshake failure
        SSL_do_handshake(s);
        SSL_read(s, request, sizeof request);
        return false;
    };

    EXPECT_EQ(fetch(*service, origin_with(tls)->url())["/error/stage"], "body");
}

TEST_F(TlsClientCertificate, IsSentWithItsIntermediates) {
    auto ours = client("we");
    ours.chain_pem += ca.own_pem();
    certificate_files const files(ours);
    start(setting({entry("127.0.0.1", files)}));
    std::atomic<int> sent = 0;
    tls_options tls;
    tls.identity = ca.issue({});
    tls.clients = client_auth::required;
    tls.client_ca = ca.file();
    tls.then = [&sent](SSL* s) {
        sent = OPENSSL_sk_num(reinterpret_cast<OPENSSL_STACK const*>(SSL_get_peer_cert_chain(s)));
        return true;
    };

    EXPECT_EQ(fetch(*service, origin_with(tls)->url()).outcome(), "ok");
    EXPECT_EQ(sent, 1);  // a server's chain does not have the certificate itself
}

TEST_F(TlsClientCertificate, SessionsAreResumedUnderTheSameIdentity) {
    certificate_files const files(client("we"));
    start(setting({entry("a.test", files)}) + names + "max_idle = 0\n");
    for (auto const version : {tls_version::tls_1_2, tls_version::tls_1_3}) {
        auto const origin = asking(client_auth::wanted, version);
        for (auto const* const host : {"a.test", "b.test", "a.test", "b.test"})
            EXPECT_EQ(fetch(*service, https(*origin, host)).outcome(), "ok");

        auto const seen = origin->record().connections;
        for (std::size_t i = 0; i < seen.size(); ++i) {
            EXPECT_EQ(seen[i].tls.session_reused, i >= 2) << i;
            EXPECT_EQ(seen[i].tls.client_name, i % 2 == 0 ? "we" : "") << i;
        }
    }
}

TEST_F(TlsClientCertificate, EveryProblemOfTheFilesIsToldAtTheStart) {
    certificate_files const good(client("good"));
    certificate_files const other(client("other"));
    leaf old;
    old.valid_from_s = -7200;
    old.valid_until_s = -3600;
    certificate_files const expired(ca.issue(old));
    leaf early;
    early.valid_from_s = 3600;
    certificate_files const future(ca.issue(early));
    leaf weak;
    weak.rsa_bits = 1024;
    certificate_files const weak_key(ca.issue(weak));
    process_options options = with(
        "[net]\nca_file = \"" + good.key() + "\"\n" +
        setting({"\"nonsense\"", "\"a.test=only.pem\"", "\"a..test=" + good.chain() + ":" + good.key() + "\"",
                 "\"1.test=/nowhere/c.pem:/nowhere/k.pem\"",
                 "\"2.test=" + good.key() + ":" + good.chain() + "\"",
                 "\"3.test=" + good.chain() + ":" + other.key() + "\"", entry("4.test", expired),
                 entry("5.test", future), entry("6.test", weak_key), entry("7.test", good),
                 entry("7.TEST", other), "\"8.test=/dev/zero:/tmp\""}));
    options.wait_listening = false;
    options.expect_clean = false;
    options.arguments = {"--check-config"};
    fetchd_process checking(options);

    EXPECT_EQ(checking.wait_exit(), 2);
    auto const said = checking.log() + checking.output();
    for (auto const& words :
         {"net.ca_file: " + good.key() + ": holds no certificates in PEM",
          std::string("\"nonsense\": want \"host="), std::string("\"a.test=only.pem\": want \"host="),
          std::string(": the host is neither a name nor an address nor *.suffix"),
          std::string("/nowhere/c.pem: cannot be read"), std::string("/nowhere/k.pem: cannot be read"),
          good.key() + ": holds no certificate in PEM", good.chain() + ": holds no key in PEM",
          other.key() + "\": the key does not belong to the certificate",
          expired.key() + "\": the certificate expired on 20",
          future.key() + "\": the certificate is not valid before 20",
          weak_key.key() + "\": the certificate is too weak",
          other.key() + "\": this host has a certificate already", std::string("/dev/zero: cannot be read"),
          std::string("/tmp: cannot be read")})
        EXPECT_TRUE(contains(said, words));
    EXPECT_EQ(said.find("7.test"), said.npos) << said;
}

// Nobody is there to type a passphrase.
TEST_F(TlsClientCertificate, EncryptedKeysAreRefusedWithoutAsking) {
    certificate_files const good(client("good"));
    certificate_files const locked(with_passphrase(client("good")));
    process_options options =
        with("[net]\n" + setting({"\"a.test=" + good.chain() + ":" + locked.key() + "\""}));
    options.wait_listening = false;
    options.expect_clean = false;
    fetchd_process refusing(options);

    EXPECT_EQ(refusing.wait_exit(), 2);
    EXPECT_TRUE(contains(refusing.log(), locked.key() + ": is encrypted"));
}

// Whether a process has these bytes anywhere in its memory; nothing where it may not be looked at.
std::optional<bool> has_in_memory(pid_t who, std::string const& bytes) {
    auto const folder = "/proc/" + std::to_string(who);
    std::ifstream memory(folder + "/mem", std::ios::binary);
    std::ifstream maps(folder + "/maps");
    bool looked = false;
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        char readable = 0;
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %c", &begin, &end, &readable) != 3 ||
            readable != 'r')
            continue;
        std::string content(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        if (!memory.read(content.data(), static_cast<std::streamsize>(content.size())))
            continue;
        looked = true;
        if (content.find(bytes) != content.npos)
            return true;
    }
    return looked ? std::optional(false) : std::nullopt;
}

// The private number of a P-256 key, in the order of bytes a file has it or a calculation.
std::string private_number(certificate const& c, bool as_in_file) {
    BIO* const bio = BIO_new_mem_buf(c.key_pem.data(), static_cast<int>(c.key_pem.size()));
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key, "priv", &number);
    std::string bytes(32, '\0');
    auto* const into = reinterpret_cast<unsigned char*>(bytes.data());
    EXPECT_EQ(as_in_file ? BN_bn2binpad(number, into, 32) : BN_bn2lebinpad(number, into, 32), 32);
    BN_clear_free(number);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return bytes;
}

// Workers parse what strangers wrote, so the process they are forked from must never have seen a key.
TEST_F(TlsClientCertificate, KeysAreInNoWorker) {
    if (slowness() > 1)
        GTEST_SKIP() << "the memory of a sanitizer is too large to be looked through";
    auto const ours = client("we");
    certificate_files const files(ours);
    start(setting({entry("a.test", files)}));
    ASSERT_TRUE(wait_ready(*service));
    auto const in_file = private_number(ours, true);
    auto const in_use = private_number(ours, false);
    auto const here = has_in_memory(service->pid(), in_use);
    if (!here)
        GTEST_SKIP() << "memory of other processes may not be read here";

    EXPECT_TRUE(*here);  // so that not finding it means something
    EXPECT_FALSE(service->children().empty());
    for (auto const& each : service->children())
        for (auto const& bytes : {in_file, in_use})
            EXPECT_FALSE(has_in_memory(each.pid, bytes).value_or(false)) << each.name;
}

}  // namespace
}  // namespace fetchd::test
