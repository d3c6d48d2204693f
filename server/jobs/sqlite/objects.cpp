#include "jobs/sqlite/objects.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "http/percent.hpp"

namespace fetchd::jobs {
namespace {

namespace fs = std::filesystem;

failure why(int error, std::string const& doing) {
    auto const full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return failure(stage::store, full ? code::too_large : code::failed,
                   doing + ": " + std::generic_category().message(error));
}

// Of reading: what lies there is no object, rather than that it cannot be read just now.
bool is_damage(int error) {
    return error == EFBIG || error == EINVAL || error == ELOOP || error == ENOTDIR || error == ENXIO;
}

}  // namespace

object_hash hash_of(std::string_view bytes) {
    object_hash hash{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()), &length,
                   EVP_sha256(), nullptr) != 1 ||
        length != hash.size())
        throw std::runtime_error("sha256");
    return hash;
}

std::string hexadecimal(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (auto const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += "0123456789abcdef"[byte >> 4U];
        out += "0123456789abcdef"[byte & 15U];
    }
    return out;
}

std::optional<object_hash> parse_hash(std::string_view hex) {
    object_hash hash{};
    if (hex.size() != 2 * hash.size())
        return {};
    for (std::size_t i = 0; i < hash.size(); ++i) {
        auto const high = hex_value(hex[2 * i]);
        auto const low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return {};
        hash[i] = static_cast<char>(high << 4U | low);
    }
    // One name an object: no capital letters.
    if (hexadecimal({hash.data(), hash.size()}) != hex)
        return {};
    return hash;
}

object_folder::object_folder(std::string path, files& f) : path_(std::move(path)), files_(f) {}

result<void> object_folder::prepare() {
    if (auto const error = files_.make_folder(path_))
        return why(error, path_);
    if (auto const synced = sync_names(path_.substr(0, path_.rfind('/'))); !synced)
        return synced;
    auto const temporary = path_ + "/new";
    if (auto const error = files_.make_folder(temporary))
        return why(error, temporary);
    std::error_code ec;
    for (fs::directory_iterator it(temporary, ec), end; !ec && it != end; it.increment(ec))
        files_.remove(it->path().string());
    if (ec)
        return why(ec.value(), temporary);
    return {};
}

object_folder::pin::pin(object_folder& folder, object_hash const& hash) : folder_(&folder), hash_(hash) {
    std::unique_lock lock(folder.mutex_);
    folder.erased_.wait(lock, [&] { return folder.erasing_ != hash; });
    ++folder.pinned_[hash];
}

object_folder::pin::~pin() {
    if (!folder_)
        return;
    std::lock_guard lock(folder_->mutex_);
    if (auto const it = folder_->pinned_.find(hash_); --it->second == 0)
        folder_->pinned_.erase(it);
}

std::string object_folder::folder_of(object_hash const& hash) const {
    return path_ + "/" + hexadecimal({hash.data(), 1});
}

std::string object_folder::path_of(object_hash const& hash) const {
    return folder_of(hash) + "/" + hexadecimal({hash.data(), hash.size()});
}

result<object_folder::pin> object_folder::put(std::string_view bytes) {
    if (bytes.size() > max_object)
        return failure(stage::store, code::too_large,
                       "an object of " + std::to_string(bytes.size()) + " bytes");
    pin pinned(*this, hash_of(bytes));
    auto const folder = folder_of(pinned.hash());
    std::lock_guard lock(putting_);
    // What is already there is read, not believed: a damaged file is replaced by the bytes in hand.
    if (!get(pinned.hash()))
        if (auto const written = write(folder, path_of(pinned.hash()), bytes); !written)
            return written.error();
    for (auto const& names : {path_, folder})
        if (auto const synced = sync_names(names); !synced)
            return synced.error();
    return pinned;
}

result<void> object_folder::write(std::string const& folder, std::string const& path,
                                  std::string_view bytes) {
    if (!synced_.contains(folder)) {
        synced_.erase(path_);
        if (auto const error = files_.make_folder(folder))
            return why(error, "a folder for objects");
    }
    synced_.erase(folder);
    auto const temporary = path_ + "/new/" + std::to_string(next_temporary_++);
    if (auto const error = files_.write_new(temporary, bytes))
        return why(error, "writing an object");
    if (auto const error = files_.rename(temporary, path)) {
        files_.remove(temporary);
        return why(error, "naming an object");
    }
    return {};
}

result<void> object_folder::sync_names(std::string const& folder) {
    if (synced_.contains(folder))
        return {};
    if (auto const error = files_.sync_folder(folder))
        return why(error, "naming in " + folder);
    synced_.insert(folder);
    return {};
}

result<std::string> object_folder::get(object_hash const& hash) const {
    std::string bytes;
    if (auto const error = files_.read(path_of(hash), max_object, bytes)) {
        auto const what = error == ENOENT ? code::not_found : is_damage(error) ? code::corrupt : code::failed;
        return failure(stage::store, what,
                       "an object cannot be read: " + std::generic_category().message(error));
    }
    if (hash_of(bytes) != hash)
        return failure(stage::store, code::corrupt, "an object is not what its name says");
    return bytes;
}

bool object_folder::erase(object_hash const& hash) {
    {
        std::lock_guard lock(mutex_);
        if (pinned_.contains(hash))
            return false;
        erasing_ = hash;  // who wants to put it now waits until it is gone
    }
    auto const gone = files_.remove(path_of(hash)) == 0;
    {
        std::lock_guard lock(mutex_);
        erasing_.reset();
    }
    erased_.notify_all();
    return gone;
}

object_folder::found object_folder::list(unsigned folder) const {
    found all;
    char const first = static_cast<char>(folder);
    auto const path = path_ + "/" + hexadecimal({&first, 1});
    std::error_code ec;
    for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
        auto const name = it->path().filename().string();
        auto const hash = parse_hash(name);
        if (hash && hash->front() == first)
            all.objects.push_back(*hash);
        else
            all.strange.push_back(it->path().string());
    }
    return all;
}

}  // namespace fetchd::jobs
