// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/files/source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mailkeep::files {

namespace {

constexpr std::size_t read_at_once = std::size_t{256} << 10U;

}  // namespace

FileSource::FileSource(const std::filesystem::path& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0) {
        throw Error(errno == ENOENT ? Errc::not_found : Errc::storage,
                    "cannot open " + path.string() + ": " + std::strerror(errno),
                    "Check the name and who may read it.");
    }
}

FileSource::~FileSource() {
    ::close(descriptor_);
}

std::size_t FileSource::read(std::span<char> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const auto count = ::read(descriptor_, into.data() + filled, into.size() - filled);
        if (count < 0 && errno != EINTR) {
            throw failure(
                {Errc::storage, "cannot read " + path_.string() + ": " + std::strerror(errno)});
        }
        if (count == 0) {
            break;
        }
        filled += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    return filled;
}

std::size_t MemorySource::read(std::span<char> into) {
    const auto count = std::min(into.size(), octets_.size());
    std::copy_n(octets_.begin(), count, into.begin());
    octets_.remove_prefix(count);
    return count;
}

bool Window::fill(std::size_t octets) {
    while (buffer_.size() - at_ < octets && !has_ended_) {
        buffer_.erase(0, at_);
        at_ = 0;
        const auto had = buffer_.size();
        const auto wanted = std::max(octets - had, read_at_once);
        buffer_.resize(had + wanted);
        const auto got = source_.read(std::span(buffer_).subspan(had));
        buffer_.resize(had + got);
        has_ended_ = got < wanted;
    }
    return buffer_.size() - at_ >= octets;
}

}  // namespace mailkeep::files
