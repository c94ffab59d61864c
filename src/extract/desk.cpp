// SPDX-License-Identifier: Apache-2.0
#include "desk.hpp"

#include "mailkeep/base/error.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace mailkeep::extract {

namespace {

[[noreturn]] void fail() {
    throw Error(Errc::internal, "no memory is to be had for reading attachments");
}

}  // namespace

Desk::Desk() : descriptor_(::memfd_create("mailkeep", MFD_CLOEXEC)) {
    if (descriptor_ < 0) {
        fail();
    }
}

Desk::~Desk() {
    ::close(descriptor_);
}

void Desk::clear() {
    if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
        fail();
    }
}

void Desk::append(std::string_view octets) {
    while (!octets.empty()) {
        const auto count = ::write(descriptor_, octets.data(), octets.size());
        if (count <= 0) {
            fail();
        }
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace mailkeep::extract
