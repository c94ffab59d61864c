// SPDX-License-Identifier: Apache-2.0
// Between cpp-httplib and our handlers: values in, values out, and the header fields of every
// answer.
#include "mailkeep/http/server.hpp"

#include "mailkeep/base/error.hpp"
#include "mailkeep/base/log.hpp"

#include "event_feed.hpp"
#include "export_stream.hpp"
#include "gate.hpp"
#include "guarded_server.hpp"
#include "reply.hpp"
#include "router.hpp"

#include <httplib.h>

#include <utility>

namespace mailkeep::http {

namespace {

/// Requests are short, most in memory; on top of these comes one thread for each feed and export.
constexpr std::size_t workers = 8;
constexpr std::size_t longest_path = 1024;

const httplib::Headers every_answer{
    {"Content-Security-Policy",
     "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
     "object-src 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

/// Library in, ours out.
Request request_from(const httplib::Request& from) {
    Request request;
    request.method = from.method;
    request.path = from.path;
    request.query.assign(from.params.begin(), from.params.end());
    request.header.assign(from.headers.begin(), from.headers.end());
    request.body = from.body;
    request.peer = from.remote_addr;
    return request;
}

/// The feed is owned by the answer: the library calls the releaser exactly once, also for a
/// connection that was never written to.
void stream(std::unique_ptr<EventFeed> owned, const std::string& content_type,
            httplib::Response& to) {
    EventFeed* feed = owned.release();
    to.set_chunked_content_provider(
        content_type,
        [feed](std::size_t, httplib::DataSink& sink) {
            const std::optional<std::string> events = feed->next();
            if (!events) {
                sink.done();
            }
            if (events && !events->empty()) {
                sink.write(events->data(), events->size());
            }
            return sink.is_writable();
        },
        [feed](bool) { const std::unique_ptr<EventFeed> end(feed); });
}

/// Sent in one go. What fails on the way ends the connection without the last chunk, so that nobody
/// takes what came for the whole.
bool send(ExportStream& download, httplib::DataSink& sink) {
    try {
        download.send([&sink](std::string_view octets) {
            return sink.is_writable() && sink.write(octets.data(), octets.size());
        });
        sink.done();
        return true;
    } catch (const std::exception& error) {
        log_warning("http.export_ended_early", {{"error", error.what()}});
        return false;
    }
}

/// Owned by the answer, as above.
void stream(std::unique_ptr<ExportStream> owned, const std::string& content_type,
            httplib::Response& to) {
    ExportStream* download = owned.release();
    to.set_chunked_content_provider(
        content_type,
        [download](std::size_t, httplib::DataSink& sink) { return send(*download, sink); },
        [download](bool) { const std::unique_ptr<ExportStream> end(download); });
}

void write(Reply&& reply, httplib::Response& to) {
    to.status = reply.status;
    for (const auto& [name, value] : reply.header) {
        to.set_header(name, value);
    }
    if (!to.has_header("Cache-Control")) {
        to.set_header("Cache-Control", "no-store");
    }
    if (reply.events) {
        stream(std::move(reply.events), reply.content_type, to);
    } else if (reply.download) {
        stream(std::move(reply.download), reply.content_type, to);
    } else if (!reply.content_type.empty()) {
        to.set_header("Content-Type", reply.content_type);
        to.body = std::move(reply.body);
    }
}

bool carries(const httplib::Request& request, std::string_view type) {
    return request.get_header_value("Content-Length") == "0" ||
           !request.has_header("Content-Length") ||
           request.get_header_value("Content-Type").starts_with(type);
}

}  // namespace

class Server::State {
  public:
    State(service::Depot& depot, service::Runner& runner, service::SignIn& sign_in, Bind bind)
        : api_{depot, runner, sign_in},
          bind_(std::move(bind)),
          names_(host_names(bind_.host, bind_.names)),
          server_(workers + most_feeds + most_exports) {
        server_.set_default_headers(every_answer);
        // Bodies are read only for what is let through here; the rest never gets to a handler.
        server_.set_pre_routing_handler([this](const auto& request, auto& response) {
            if (std::optional<Reply> refused = refuse(request)) {
                write(std::move(*refused), response);
                return httplib::Server::HandlerResponse::Handled;
            }
            if (request.method != "GET" && request.method != "HEAD") {
                return httplib::Server::HandlerResponse::Unhandled;
            }
            write(answer(request), response);
            return httplib::Server::HandlerResponse::Handled;
        });
        const auto handle = [this](const auto& request, auto& response) {
            write(answer(request), response);
        };
        server_.Post(".*", handle).Delete(".*", handle);
        // Else the library puts the text of an exception into a header field.
        server_.set_exception_handler([](const auto&, auto& response, const auto&) {
            write(problem(500, Errc::internal, "Something unforeseen went wrong."), response);
        });
        server_.set_error_handler([](const httplib::Request&, httplib::Response& response) {
            if (!response.body.empty()) {
                return;
            }
            write(problem(response.status, Errc::invalid, "The request cannot be read."), response);
        });
    }

    void start() { server_.start(bind_.host, bind_.port); }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

    void stop() {
        api_.stop.request_stop();
        server_.stop();
    }

  private:
    /// What needs no body to be refused.
    [[nodiscard]] std::optional<Reply> refuse(const httplib::Request& request) const {
        if (const std::optional<Refusal> fault = framing_fault(request)) {
            return problem(fault->status, Errc::invalid, fault->text).with("Connection", "close");
        }
        if (request.path.size() > longest_path) {
            return problem(414, Errc::invalid, "The path is too long.");
        }
        if (!is_called_by_name(request_from(request), names_)) {
            return problem(421, Errc::refused, "This service is not called by that name.",
                           "Call it localhost, or name this host in its settings.");
        }
        const Match found = match(routes(), request.method, request.path);
        const std::string type(found.route == nullptr ? Route().body_type : found.route->body_type);
        if (!carries(request, type)) {
            return problem(415, Errc::invalid, "Send the body as " + type + ".");
        }
        if (found.route != nullptr || is_page_request(request)) {
            return std::nullopt;
        }
        if (found.allowed.empty()) {
            return problem(404, Errc::not_found, "There is nothing here.");
        }
        return problem(405, Errc::invalid, "This cannot be done here.")
            .with("Allow", found.allowed);
    }

    [[nodiscard]] static bool is_page_request(const httplib::Request& request) {
        const bool is_read = request.method == "GET" || request.method == "HEAD";
        return is_read && !request.path.starts_with("/api/");
    }

    [[nodiscard]] Reply answer(const httplib::Request& from) {
        Request request = request_from(from);
        Match found = match(routes(), request.method, request.path);
        if (found.route == nullptr) {
            return page_file(request);
        }
        request.captured = std::move(found.captured);
        return guard(*found.route, api_, request);
    }

    Api api_;
    Bind bind_;
    HostNames names_;
    GuardedServer server_;
};

Server::Server(service::Depot& depot, service::Runner& runner, service::SignIn& sign_in, Bind bind)
    : state_(std::make_unique<State>(depot, runner, sign_in, std::move(bind))) {}

Server::~Server() = default;

void Server::start() {
    state_->start();
}

std::uint16_t Server::port() const {
    return state_->port();
}

void Server::stop() {
    state_->stop();
}

}  // namespace mailkeep::http
