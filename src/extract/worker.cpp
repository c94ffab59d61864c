// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/extract/worker.hpp"

#include "mailkeep/mail/message.hpp"

#include "attachment_text.hpp"
#include "frame.hpp"
#include "lock_down.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace mailkeep::extract {

namespace {

bool read_fully(int descriptor, char* into, std::size_t octets) {
    while (octets > 0) {
        const auto count = ::read(descriptor, into, octets);
        if (count <= 0) {
            return false;
        }
        into += count;
        octets -= static_cast<std::size_t>(count);
    }
    return true;
}

bool write_fully(int descriptor, std::string_view octets) {
    while (!octets.empty()) {
        const auto count = ::write(descriptor, octets.data(), octets.size());
        if (count <= 0) {
            return false;
        }
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// What lies on the desk, without a copy of it.
class DeskView {
  public:
    DeskView() {
        struct stat desk {};

        if (::fstat(desk_descriptor, &desk) != 0 || desk.st_size <= 0 ||
            static_cast<std::uint64_t>(desk.st_size) > most_message) {
            return;
        }
        const auto size = static_cast<std::size_t>(desk.st_size);
        void* octets = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, desk_descriptor, 0);
        if (octets != MAP_FAILED) {
            octets_ = {static_cast<const char*>(octets), size};
        }
    }

    ~DeskView() {
        if (!octets_.empty()) {
            ::munmap(const_cast<char*>(octets_.data()), octets_.size());
        }
    }

    DeskView(const DeskView&) = delete;
    DeskView& operator=(const DeskView&) = delete;

    /// Empty when there is nothing that could be a message.
    [[nodiscard]] std::string_view octets() const { return octets_; }

  private:
    std::string_view octets_;
};

Trouble put_on_desk(std::string_view octets) {
    if (octets.size() > most_attachment) {
        return Trouble::too_large;
    }
    const bool is_done = ::ftruncate(desk_descriptor, 0) == 0 &&
                         ::lseek(desk_descriptor, 0, SEEK_SET) == 0 &&
                         write_fully(desk_descriptor, octets);
    return is_done ? Trouble::none : Trouble::unavailable;
}

/// Answers one request after the other.
class Worker {
  public:
    /// Returns the exit code.
    int work() {
        Request request;
        while (read_fully(STDIN_FILENO, reinterpret_cast<char*>(&request), sizeof request)) {
            if (!answer(request)) {
                return exit_misled;
            }
        }
        return EXIT_SUCCESS;
    }

  private:
    [[nodiscard]] bool answer(const Request& request) {
        switch (request.kind) {
            case Request::Kind::message: {
                const DeskView desk;
                return !desk.octets().empty() && send({take_apart(desk.octets()), Trouble::none});
            }
            case Request::Kind::attachment:
                return request.position < attachments_.size() &&
                       send(extracted(attachments_[request.position]));
        }
        return false;
    }

    std::string take_apart(std::string_view raw) {
        message_ = mail::parse(raw);
        attachments_.clear();
        std::string formats;
        for (const auto& part : message_.parts) {
            if (part.is_attachment) {
                attachments_.push_back(&part);
                formats += static_cast<char>(format_of(part));
            }
        }
        return formats;
    }

    static Extracted extracted(const mail::Part* part) {
        const auto format = format_of(*part);
        if (format == Format::none) {
            return {};
        }
        if (format == Format::pdf) {
            return {{}, put_on_desk(part->body)};
        }
        return attachment_text(*part, format);
    }

    static bool send(const Extracted& what) {
        const Answer answer{static_cast<std::uint32_t>(what.trouble),
                            static_cast<std::uint32_t>(what.text.size())};
        return write_fully(STDOUT_FILENO, octets_of(answer)) &&
               write_fully(STDOUT_FILENO, what.text);
    }

    mail::Message message_;
    std::vector<const mail::Part*> attachments_;
};

/// Only returns when it cannot.
int become(const std::string& program) {
    const int opened = ::open(program.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0 || ::fcntl(opened, F_DUPFD_CLOEXEC, program_descriptor) != program_descriptor ||
        ::lseek(desk_descriptor, 0, SEEK_SET) != 0 || ::dup2(desk_descriptor, STDIN_FILENO) < 0) {
        return exit_no_program;
    }
    ::close(opened);
    ::close(desk_descriptor);
    std::array<std::string, 7> words{program, "-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"};
    std::array<char*, words.size() + 1> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        arguments.at(i) = words.at(i).data();
    }
    std::array<char*, 1> environment{};
    if (!lock_down(Task::pdf)) {
        return exit_unavailable;
    }
    ::fexecve(program_descriptor, arguments.data(), environment.data());
    return exit_no_program;
}

}  // namespace

int serve(const std::vector<std::string>& arguments) {
    if (!arguments.empty()) {
        return become(arguments.front());
    }
    return lock_down(Task::worker) ? Worker().work() : exit_unavailable;
}

}  // namespace mailkeep::extract
