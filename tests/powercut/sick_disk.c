/* A disk that fails or stalls while a program runs. LD_PRELOAD.
 *
 * HANOUT_SICK_FOLDER  files below it are concerned
 * HANOUT_SICK_FILE    five native ints, which a test changes while the program runs:
 *                     error of fsync, error of writes, delay of fsync in ms, number of fsyncs that
 *                     failed, number of changes made after the first that failed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FSYNC_ERROR, WRITE_ERROR, DELAY_MS, FAILED, AFTER, COUNT };
static volatile int *state;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("HANOUT_SICK_FILE");
    folder = getenv("HANOUT_SICK_FOLDER");
    if (!file || !folder) return;
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    state = mmap(NULL, COUNT * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (state == MAP_FAILED) abort();
    syscall(SYS_close, fd);
}

static int is_concerned(int fd) {
    char link[64], name[PATH_MAX];
    int before = errno;
    if (!state) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    errno = before;
    return length > 0 && !strncmp(name, folder, strlen(folder));
}

static int failed(int error) {
    __sync_fetch_and_add(&state[FAILED], 1);
    errno = error;
    return -1;
}

static int sync_sickly(int fd, long call) {
    if (!is_concerned(fd)) return syscall(call, fd);
    if (state[FAILED]) __sync_fetch_and_add(&state[AFTER], 1);
    if (state[DELAY_MS]) usleep(1000 * state[DELAY_MS]);
    if (state[FSYNC_ERROR]) return failed(state[FSYNC_ERROR]);
    return syscall(call, fd);
}

int fsync(int fd) { return sync_sickly(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_sickly(fd, SYS_fdatasync); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    if (is_concerned(fd)) {
        if (state[FAILED]) __sync_fetch_and_add(&state[AFTER], 1);
        if (state[WRITE_ERROR]) {
            errno = state[WRITE_ERROR];
            return -1;
        }
    }
    return syscall(SYS_pwrite64, fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return pwrite(fd, bytes, length, offset);
}
