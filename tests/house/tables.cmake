# SPDX-License-Identifier: Apache-2.0
# The rules of the house as tables; the scripts beside this file check them, src/README.md explains
# them. A new room, library or catch place is a commit of its own that begins here.

# Room and floor. A room includes lower floors only.
set(house_floors base=0 model=1 net=2 mail=2 files=2 imap=3 pop3=3 archive=3 catalog=3 extract=3
    sync=4 service=5 api=6 http=7 app=8)

# Header of a library (a regular expression) and the rooms that may include it. All the rest of a
# line's rooms would be a second place that knows the library.
set(house_libraries
    "openssl/(ssl|x509|bio|tls1)=net"
    "openssl/=base,net"
    "Poco/=base,service"
    "gmime/=mail"
    "uchardet=mail"
    "archive(_entry)?\\.h=files,extract"
    "isa-l=files"
    "zlib\\.h=imap"
    "zstd=archive"
    "sqlite3=catalog"
    "(libxml/|seccomp)=extract"
    "sodium=service"
    "date/=service"
    "nlohmann/=api,http"
    "(cpp-)?httplib=http"
    "CLI/=app"
    "toml=app"
    "iostream=app")

# Libraries that throw: the file that includes one translates its exceptions, so it may catch.
set(house_throwing "(Poco/|nlohmann/|httplib|CLI/|toml)")

# The other files that may catch, and around what.
set(house_catch_places
    src/files/packer.cpp       # what is thrown below libarchive waits until it has returned
    src/files/file_tree.cpp    # one file, one member of something packed: the others follow
    src/files/packed_file.cpp  # what libarchive asks for: C code cannot be thrown through
    src/imap/connection.cpp    # LOGOUT: the session is over either way
    src/sync/mirror.cpp        # one mailbox
    src/sync/fetch_pipeline.cpp  # a further connection: the first one goes on alone
    src/sync/scouts.cpp  # likewise
    src/sync/second_look.cpp   # a further connection: what seems lost is not believed without it
    src/sync/indexing.cpp      # one message
    src/sync/snippets.cpp      # one message: the list is shown without its words
    src/sync/identify.cpp      # one message that the archive lost: it is fetched
    src/sync/purge.cpp         # one mailbox
    src/sync/restore.cpp       # one mailbox, one pass over all
    src/sync/delivery.cpp      # a mailbox name that is refused, a session too many
    src/sync/shipment.cpp      # one message
    src/sync/recognition.cpp   # one message that the archive lost
    src/sync/export_mail.cpp   # one message: it is named, the others go on
    src/sync/drill.cpp         # one message; and the mailbox on the server goes whatever happened
    src/sync/check.cpp         # one object
    src/sync/rebuild.cpp       # the swap
    src/sync/replica.cpp       # mail is archived without it; the run says that it is missing
    src/sync/repair.cpp        # one file, one mailbox
    src/service/repair.cpp     # one server
    src/service/connector.cpp  # a token that was refused is renewed once
    src/service/depot.cpp      # log and index lag behind rather than stop a backup
    src/service/patience.cpp   # a pass over an account whose server wants a pause
    src/service/backup.cpp     # a run: writes down what came of it
    src/service/runner.cpp     # a worker: the queue goes on
    src/service/vault.cpp      # std::filesystem: the key cannot be made
    src/service/scheduler.cpp  # a tick
    src/service/watcher.cpp    # a session that follows a mailbox: it is begun again later
    src/service/maintenance.cpp  # a tick
    src/http/reply.cpp         # guard: a problem body
    src/app/failure.cpp)       # main and the control socket: text, hint and exit code

# What may not stand in a line of source, and why.
set(house_banned
    "<regex>=std::regex overflows the stack on long input"
    "shared_ptr=ownership is one unique_ptr"
    "using namespace std[^:a-z_]=names say where they come from"
    "(TO[D]O|FIX[M]E|XX[X])=open work is an issue, not a comment")

set(house_longest_file 600)
set(house_longest_function 70)
