#include "textflag.h"
#include "block_amd64.h"

// The check of UTF-8 is that of Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte" (2020):
// three tables, of the halves of a byte and the upper half of the next, say with a bit for each what is wrong
// with the two. Their eighth bit is two continuation bytes, which the bytes before must want.
HALVES(first, 0x0202020202020202, 0x4915012180808080)
HALVES(second, 0xCBCBCB8B8383A3E7, 0xCBCBDBCBCBCBCBCB)
HALVES(third, 0x0101010101010101, 0x01010101BABAAEE6)

BYTES(half, 0x0F0F0F0F0F0F0F0F)
BYTES(top, 0x8080808080808080)
BYTES(lead3, 0x6060606060606060) // what leaves the top bit of bytes from E0 on
BYTES(lead4, 0x7070707070707070) // and from F0 on
BYTES(escape, 0x2525252525252525) // `%`
BYTES(oneMore, 0x0101010101010101)
BYTES(letter, 0x3F3F3F3F3F3F3F3F) // below letters
BYTES(alike, 0xCDCDCDCDCDCDCDCD)  // the first byte of a letter that may look like one of ASCII
BYTES(eightMore, 0x0808080808080808)
SHIFT(down)

// The most that the last bytes of a text may be.
DATA most<>+0(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA most<>+8(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA most<>+16(SB)/8, $0xFFFFFFFFFFFFFFFF
DATA most<>+24(SB)/8, $0xBFDFEFFFFFFFFFFF
GLOBL most<>(SB), RODATA|NOPTR, $32

// LOOK sets y to what table k has for the halves in idx.
#define LOOK(k, idx, y) \
	VMOVDQU (32*k)(R8), y \
	VPSHUFB idx, y, y

// func forms(kinds *[9][Block]byte, text *byte, n, from int, marks *uint32, blocks int) (any uint32, valid bool)
TEXT ·forms(SB), NOSPLIT, $0-53
	MOVQ    kinds+0(FP), R8
	MOVQ    text+8(FP), SI
	MOVQ    n+16(FP), CX
	MOVQ    from+24(FP), AX
	MOVQ    marks+32(FP), DI
	MOVQ    blocks+40(FP), BX
	LEAQ    (SI)(CX*1), DX       // the text's end
	ADDQ    AX, SI               // the next block
	SUBQ    AX, CX               // how many bytes are left from it on
	LEAQ    down<>(SB), R9
	XORL    R11, R11             // R11: all marks
	XORL    R10, R10             // R10: which bytes of the block before are not ASCII
	VMOVDQU half<>(SB), Y15
	VMOVDQU first<>(SB), Y14
	VMOVDQU second<>(SB), Y13
	VMOVDQU third<>(SB), Y12
	VPXOR   Y11, Y11, Y11        // Y11: what is wrong
	VPXOR   Y10, Y10, Y10        // Y10: the block before
	TESTQ   AX, AX
	JZ      next
	VMOVDQU -32(SI), Y10
	VPMOVMSKB Y10, R10

next:
	CMPQ    CX, $32
	JLT     part
	VMOVDQU (SI), Y0             // Y0: the block

block:
	ADDQ    $32, SI
	SUBQ    $32, CX
	VPSUBB  escape<>(SB), Y0, Y9
	VPMINUB oneMore<>(SB), Y9, Y8
	VPCMPEQB Y8, Y9, Y9          // Y9: the escape signs
	VPMOVMSKB Y0, AX
	SHRL    $31, R10
	ORL     AX, R10
	JNZ     wide

	// All ASCII, and the byte before it: no character goes on.
	VPMOVMSKB Y9, AX
	JMP     marked

wide:
	MOVL    AX, R10
	VPERM2I128 $0x21, Y0, Y10, Y4
	VPALIGNR   $15, Y4, Y0, Y1   // Y1: the byte before each
	VPALIGNR   $14, Y4, Y0, Y2   // Y2: the one before that
	VPALIGNR   $13, Y4, Y0, Y3

	// A letter and a look-alike beside each other join the signs.
	VPSUBB   alike<>(SB), Y0, Y4
	VPMINUB  eightMore<>(SB), Y4, Y5
	VPCMPEQB Y4, Y5, Y4
	VPCMPGTB letter<>(SB), Y1, Y5
	VPAND    Y4, Y5, Y5
	VPOR     Y5, Y9, Y9
	VPSUBB   alike<>(SB), Y2, Y4
	VPMINUB  eightMore<>(SB), Y4, Y5
	VPCMPEQB Y4, Y5, Y4
	VPCMPGTB letter<>(SB), Y0, Y5
	VPAND    Y4, Y5, Y5
	VPOR     Y5, Y9, Y9

	// Y4: the top bit where the second or third continuation byte of a character must be.
	VPSUBUSB lead3<>(SB), Y2, Y4
	VPSUBUSB lead4<>(SB), Y3, Y3
	VPOR     Y3, Y4, Y4
	VPAND    top<>(SB), Y4, Y4

	// Halves: Y5 and Y6 of the byte before, Y7 and Y8 of the byte, Y2 of the one before both.
	VPSRLW $4, Y1, Y5
	VPAND  Y15, Y5, Y5
	VPAND  Y15, Y1, Y6
	VPSRLW $4, Y0, Y7
	VPAND  Y15, Y7, Y7
	VPAND  Y15, Y0, Y8
	VPAND  Y15, Y2, Y2

	// What is wrong: the top bit must be where it is wanted, and no other.
	VPSHUFB Y5, Y14, Y1
	VPSHUFB Y6, Y13, Y3
	VPAND   Y3, Y1, Y1
	VPSHUFB Y7, Y12, Y3
	VPAND   Y3, Y1, Y1
	VPXOR   Y1, Y4, Y4
	VPOR    Y4, Y11, Y11

	// The kinds of which pairs may be, and triples.
	LOOK(0, Y5, Y1)
	LOOK(1, Y6, Y3)
	VPAND Y3, Y1, Y1
	LOOK(2, Y7, Y3)
	VPAND Y3, Y1, Y1
	LOOK(3, Y8, Y3)
	VPAND Y3, Y1, Y1
	LOOK(4, Y5, Y4)
	LOOK(5, Y6, Y3)
	VPAND Y3, Y4, Y4
	LOOK(6, Y7, Y3)
	VPAND Y3, Y4, Y4
	LOOK(7, Y8, Y3)
	VPAND Y3, Y4, Y4
	LOOK(8, Y2, Y3)
	VPAND Y3, Y4, Y4
	VPOR  Y4, Y1, Y1

	// Not marked is what is of none and no sign.
	VPXOR     Y3, Y3, Y3
	VPCMPEQB  Y3, Y1, Y1
	VPANDN    Y1, Y9, Y1
	VPMOVMSKB Y1, AX
	NOTL      AX

marked:
	MOVL    AX, (DI)
	ORL     AX, R11
	ADDQ    $4, DI
	VMOVDQA Y0, Y10
	DECQ    BX
	JNZ     next

	// A text that ends with its block may not end within a character; behind others are zeros.
	TESTQ    CX, CX
	JNZ      done
	VPSUBUSB most<>(SB), Y0, Y0
	VPOR     Y0, Y11, Y11

done:
	MOVL  R11, any+48(FP)
	VPTEST Y11, Y11
	SETEQ valid+52(FP)
	VZEROUPPER
	RET

part:
	PART(X0, Y0, X2, short, block)
	JMP block
