// BYTES is a constant of 32 bytes, by its eight.
#define BYTES(name, b) \
	DATA name<>+0(SB)/8, $b  \
	DATA name<>+8(SB)/8, $b  \
	DATA name<>+16(SB)/8, $b \
	DATA name<>+24(SB)/8, $b \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// HALVES is one of twice the same 16 bytes.
#define HALVES(name, a, b) \
	DATA name<>+0(SB)/8, $a  \
	DATA name<>+8(SB)/8, $b  \
	DATA name<>+16(SB)/8, $a \
	DATA name<>+24(SB)/8, $b \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// SHIFT is for VPSHUFB: from its byte k on, it moves sixteen bytes down by k and fills up with zeros.
#define SHIFT(name) \
	DATA name<>+0(SB)/8, $0x0706050403020100  \
	DATA name<>+8(SB)/8, $0x0F0E0D0C0B0A0908  \
	DATA name<>+16(SB)/8, $0x8080808080808080 \
	DATA name<>+24(SB)/8, $0x8080808080808080 \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// PART sets y, whose lower half is x, to the CX bytes from SI to DX, the end of a text of at least sixteen, and zeros,
// where CX is less than 32; R9 has the address of SHIFT's table, and xt is lost. The last
// sixteen bytes are read, and moved down to where they belong.
#define PART(x, y, xt, short, done) \
	VPXOR       y, y, y             \
	NEGQ        CX                  \
	CMPQ        CX, $-16            \
	JGT         short               \
	VMOVDQU     -16(DX), xt         \
	VPSHUFB     32(R9)(CX*1), xt, xt \
	VMOVDQU     (SI), x             \
	VINSERTI128 $1, xt, y, y        \
	NEGQ        CX                  \
	JMP         done                \
short:                              \
	TESTQ       CX, CX              \
	JGE         done                \
	VMOVDQU     -16(DX), x          \
	VPSHUFB     16(R9)(CX*1), x, x  \
	NEGQ        CX
