/*
 * Compilers put crti.o before the program's objects and crtn.o behind them. They used to frame `_init` and `_fini`;
 * constructors and destructors of KPIO programs are in .init_array and .fini_array, so both are empty.
 */
	.section .note.GNU-stack, "", @progbits
