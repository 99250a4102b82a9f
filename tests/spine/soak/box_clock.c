/* A box's clock, off by as many nanoseconds as the file HANOUT_BOX_CLOCK says (an int64, mapped):
   it can be set while the program runs. Durations stay true: only the time of day is wrong. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static const volatile int64_t *off;
static int (*true_time)(clockid_t, struct timespec *);

__attribute__((constructor)) static void look(void) {
    const char *name = getenv("HANOUT_BOX_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    true_time = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        void *seen = mmap(NULL, sizeof *off, PROT_READ, MAP_SHARED, file, 0);
        if (seen != MAP_FAILED)
            off = seen;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = true_time(clock, at);
    if (!failed && off && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t now = at->tv_sec * SECOND + at->tv_nsec + *off;
        at->tv_sec = now / SECOND;
        at->tv_nsec = now % SECOND;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
