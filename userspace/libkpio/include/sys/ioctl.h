#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <features.h>
#include <kpio/flags/ioctl_request.h>

__BEGIN_C

struct winsize {
    unsigned short ws_row;
    unsigned short ws_col;
    unsigned short ws_xpixel;
    unsigned short ws_ypixel;
};

int ioctl(int fd, int request, ...);

__END_C

#endif
