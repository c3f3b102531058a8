/* Generated from kernel_py/abi/rights.py; edit that and run `kpio abi`. */

/* Rights: what the holder of a handle, or a process, may do. */

#ifndef KPIO_RIGHTS_H
#define KPIO_RIGHTS_H

/* Take bytes out of the object. Held by a handle. */
#define KPIO_RIGHT_READ 0x1U

/* Put bytes into the object. Held by a handle. */
#define KPIO_RIGHT_WRITE 0x2U

/* Read and move the position of the handle. Held by a handle. */
#define KPIO_RIGHT_SEEK 0x4U

/* Learn the object's attributes. Held by a handle. */
#define KPIO_RIGHT_INSPECT 0x8U

/* End the machine. Only process 1 has it. Held by a process. */
#define KPIO_RIGHT_POWER 0x10U

/* Make another handle of the process from it. Held by a handle. */
#define KPIO_RIGHT_DUPLICATE 0x20U

/* Give it to another process, through a channel or to a child. A child does not get a handle
 * without this right, as if it were closed on exec. Held by a handle. */
#define KPIO_RIGHT_TRANSFER 0x40U

/* Take back every handle that was made from it. Held by a handle. */
#define KPIO_RIGHT_REVOKE 0x80U

/* Map the object into memory. Held by a handle. */
#define KPIO_RIGHT_MAP 0x100U

/* Change the object's attributes: permissions, owner, times. Held by a handle. */
#define KPIO_RIGHT_CHANGE 0x200U

/* Send signals to processes of other sessions, and set their nice values. Only process 1 has it.
 * Held by a process. */
#define KPIO_RIGHT_SIGNAL 0x400U

/* Say who answers requests of a browser in the kernel's name. Held by a handle. */
#define KPIO_RIGHT_SERVE 0x800U

#endif
