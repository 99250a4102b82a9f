/* A journal of all that a program changed in one folder, for rebuilding the disk as a power cut may
 * leave it. LD_PRELOAD.
 *
 * HANOUT_JOURNAL_FOLDER  the folder, an absolute path without links
 * HANOUT_JOURNAL_FILE    the journal, outside of it
 * HANOUT_JOURNAL_CUT_AT  optional: SIGKILL instead of the change of this number, from 1
 * HANOUT_JOURNAL_NORMAL  optional: SQLite is told synchronous = NORMAL where the program says FULL
 *
 * An entry is 24 bytes (kind, descriptor, offset, length) and `length` bytes. It is written after the
 * change and under the same lock, so that the order of entries is the order of changes. What is
 * written through mmap is not seen: of SQLite's files only -shm, which it rebuilds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, WROTE, CUT_TO, SYNCED, CLOSED, RENAMED, UNLINKED, MARKED, LINKED };
enum { CREATED = 1, EMPTIED = 2, IS_FOLDER = 4 };
enum { DESCRIPTORS = 4096, JOURNAL_FD = 3000 };

struct entry {
    uint32_t kind;
    int32_t fd;
    uint64_t offset;
    uint32_t length;
    uint32_t spare;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int journal = -1;
static long cut_at, changes;
static unsigned char followed[DESCRIPTORS];

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("HANOUT_JOURNAL_FILE"), *cut = getenv("HANOUT_JOURNAL_CUT_AT");
    const char *watched = getenv("HANOUT_JOURNAL_FOLDER");
    if (!file || !watched) return;
    snprintf(folder, sizeof folder, "%s", watched);
    folder_length = strlen(folder);
    cut_at = cut ? atol(cut) : 0;
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    journal = fcntl(fd, F_DUPFD_CLOEXEC, JOURNAL_FD);
    syscall(SYS_close, fd);
    if (journal < 0) abort();
}

static int is_inside(const char *path) {
    return journal >= 0 && !strncmp(path, folder, folder_length) &&
           (path[folder_length] == '/' || !path[folder_length]);
}

static int is_followed(int fd) { return fd >= 0 && fd < DESCRIPTORS && followed[fd]; }

static void note(uint32_t kind, int fd, uint64_t offset, const void *bytes, size_t length) {
    int before = errno;
    struct entry entry = {kind, fd, offset, (uint32_t)length, 0};
    struct iovec parts[2] = {{&entry, sizeof entry}, {(void *)bytes, length}};
    if (syscall(SYS_writev, journal, parts, 2) != (long)(sizeof entry + length)) abort();
    errno = before;
}

/* Every change of the disk begins here. */
static void begin_change(void) {
    pthread_mutex_lock(&turn);
    if (++changes == cut_at) kill(getpid(), SIGKILL);
}

static void end_change(void) { pthread_mutex_unlock(&turn); }

static int open_and_note(int base, const char *path, int flags, mode_t mode) {
    struct stat seen;
    char link[64], name[PATH_MAX];
    pthread_mutex_lock(&turn);
    int was_there = !fstatat(base, path, &seen, 0);
    int fd = syscall(SYS_openat, base, path, flags, mode);
    int before = errno;
    if (fd >= 0 && fd < DESCRIPTORS && journal >= 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, name, sizeof name - 1);
        name[length < 0 ? 0 : length] = 0;
        int is_shared_memory = length > 4 && !strcmp(name + length - 4, "-shm");
        followed[fd] = is_inside(name) && !is_shared_memory;
        if (followed[fd]) {
            int is_folder = !fstat(fd, &seen) && S_ISDIR(seen.st_mode);
            uint64_t how = (was_there ? 0 : CREATED) | (is_folder ? IS_FOLDER : 0) |
                           (was_there && flags & O_TRUNC ? EMPTIED : 0);
            if (how & (CREATED | EMPTIED) && ++changes == cut_at) kill(getpid(), SIGKILL);
            note(OPENED, fd, how, name, (size_t)length);
        }
    }
    errno = before;
    pthread_mutex_unlock(&turn);
    return fd;
}

#define OPEN_LIKE(name)                                                                            \
    int name(const char *path, int flags, ...) {                                                   \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = va_arg(more, mode_t);                                                        \
        va_end(more);                                                                              \
        return open_and_note(AT_FDCWD, path, flags, mode);                                         \
    }
OPEN_LIKE(open)
OPEN_LIKE(open64)

#define OPENAT_LIKE(name)                                                                          \
    int name(int base, const char *path, int flags, ...) {                                         \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = va_arg(more, mode_t);                                                        \
        va_end(more);                                                                              \
        return open_and_note(base, path, flags, mode);                                             \
    }
OPENAT_LIKE(openat)
OPENAT_LIKE(openat64)

int close(int fd) {
    pthread_mutex_lock(&turn);
    if (is_followed(fd)) {
        followed[fd] = 0;
        note(CLOSED, fd, 0, "", 0);
    }
    int result = syscall(SYS_close, fd);
    pthread_mutex_unlock(&turn);
    return result;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
    begin_change();
    ssize_t result = syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (result > 0) note(WROTE, fd, offset, bytes, result);
    end_change();
    return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    if (!is_followed(fd)) return syscall(SYS_pwrite64, fd, bytes, length, offset);
    return write_at(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return pwrite(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!is_followed(fd)) return syscall(SYS_write, fd, bytes, length);
    begin_change();
    ssize_t result = syscall(SYS_write, fd, bytes, length);
    if (result > 0) note(WROTE, fd, lseek(fd, 0, SEEK_CUR) - result, bytes, result);
    end_change();
    return result;
}

static ssize_t gather(int fd, const struct iovec *parts, int count, off_t offset) {
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t wrote = offset < 0 ? write(fd, parts[i].iov_base, parts[i].iov_len)
                                   : pwrite(fd, parts[i].iov_base, parts[i].iov_len, offset + total);
        if (wrote < 0) return total ? total : wrote;
        total += wrote;
        if ((size_t)wrote < parts[i].iov_len) break;
    }
    return total;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_followed(fd)) return syscall(SYS_writev, fd, parts, count);
    return gather(fd, parts, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return gather(fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return gather(fd, parts, count, offset);
}

int ftruncate(int fd, off_t length) {
    if (!is_followed(fd)) return syscall(SYS_ftruncate, fd, length);
    begin_change();
    int result = syscall(SYS_ftruncate, fd, length);
    if (!result) note(CUT_TO, fd, length, "", 0);
    end_change();
    return result;
}

int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

static int sync_and_note(int fd, long call) {
    if (!is_followed(fd)) return syscall(call, fd);
    begin_change();
    int result = syscall(call, fd);
    if (!result) note(SYNCED, fd, 0, "", 0);
    end_change();
    return result;
}

int fsync(int fd) { return sync_and_note(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_and_note(fd, SYS_fdatasync); }

static int name_and_note(uint32_t kind, long call, const char *from, const char *to) {
    char names[2 * PATH_MAX + 1];
    if (!is_inside(from) && !is_inside(to)) return syscall(call, AT_FDCWD, from, AT_FDCWD, to, 0);
    begin_change();
    int result = syscall(call, AT_FDCWD, from, AT_FDCWD, to, 0);
    size_t first = strlen(from) + 1, second = strlen(to);
    memcpy(names, from, first);
    memcpy(names + first, to, second);
    if (!result) note(kind, -1, 0, names, first + second);
    end_change();
    return result;
}

int rename(const char *from, const char *to) {
    return name_and_note(RENAMED, SYS_renameat2, from, to);
}

int link(const char *from, const char *to) { return name_and_note(LINKED, SYS_linkat, from, to); }

int unlink(const char *path) {
    if (!is_inside(path)) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    begin_change();
    int result = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!result) note(UNLINKED, -1, 0, path, strlen(path));
    end_change();
    return result;
}

int unlinkat(int base, const char *path, int flags) {
    char link[64], name[2 * PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", base);
    ssize_t length = path[0] == '/' ? -1 : readlink(link, name, PATH_MAX - 1);
    if (flags || length < 0) return syscall(SYS_unlinkat, base, path, flags);
    snprintf(name + length, sizeof name - length, "/%s", path);
    return unlink(name);
}

/* Called by the program under test: it has told somebody that this is done. */
void hanout_journal_mark(const char *text) {
    if (journal < 0) return;
    pthread_mutex_lock(&turn);
    note(MARKED, -1, 0, text, strlen(text));
    pthread_mutex_unlock(&turn);
}

/* The mutation: what a program would write whose author forgot FULL. Python loads SQLite late and for
 * itself alone, so that it is looked up by name. */
typedef int prepare(void *, const char *, int, void **, const char **);

int sqlite3_prepare_v2(void *db, const char *sql, int length, void **statement, const char **tail) {
    static const char full[] = "PRAGMA synchronous = FULL";
    static const char normal[] = "PRAGMA synchronous = NORMAL";
    static prepare *real;
    if (!real) real = (prepare *)dlsym(dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_NOLOAD),
                                       "sqlite3_prepare_v2");
    if (strncmp(sql, full, sizeof full - 1) || !getenv("HANOUT_JOURNAL_NORMAL"))
        return real(db, sql, length, statement, tail);
    if (tail) *tail = sql + sizeof full - 1;
    return real(db, normal, -1, statement, NULL);
}
