// SPDX-License-Identifier: Apache-2.0
#include "allocation.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local long left = 0;  // allocations, the last of which fails; 0: none does

void* allocate(std::size_t size) {
    if (left > 0 && --left == 0) {
        throw std::bad_alloc();
    }
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}

void* operator new[](std::size_t size) {
    return allocate(size);
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete[](void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

void operator delete[](void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

namespace mailkeep::fault {

MemoryEndsAt::MemoryEndsAt(long allocation) {
    left = allocation;
}

MemoryEndsAt::~MemoryEndsAt() {
    left = 0;
}

}  // namespace mailkeep::fault
