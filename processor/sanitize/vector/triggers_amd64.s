#include "textflag.h"
#include "block_amd64.h"

BYTES(fold, 0x2020202020202020)
BYTES(mul, 0x9E3779B19E3779B1)
BYTES(seven, 0x0007000700070007)
BYTES(powers, 0x8040201008040201)
BYTES(zero, 0x3030303030303030)   // the digit
BYTES(nine, 0x0909090909090909)   // from `0` to `9`
BYTES(dot, 0x2E2E2E2E2E2E2E2E)
BYTES(toAt, 0x1212121212121212)   // from `.` to `@`
BYTES(toSlash, 0x0101010101010101) // from `.` to `/`
BYTES(spaces, 0x2828282828282828) // up to `(`
SHIFT(shift)

// TEST looks up the byte that has a gram's bit, by the offset that lies at place at of the stack.
#define TEST(at, slot, x) \
	MOVL    at(SP), R10              \
	VPINSRB $slot, (R8)(R10*1), x, x

// func triggers(set *GramSet, text *byte, n, from int, marks *uint64, blocks int)
TEXT ·triggers(SB), NOSPLIT, $64-48
	MOVQ    set+0(FP), R8
	MOVQ    text+8(FP), SI
	MOVQ    n+16(FP), CX
	MOVQ    from+24(FP), AX
	MOVQ    marks+32(FP), DI
	MOVQ    blocks+40(FP), BX
	LEAQ    (SI)(CX*1), DX       // the text's end
	ADDQ    AX, SI               // the next block
	SUBQ    AX, CX               // how many bytes are left from it on
	LEAQ    shift<>(SB), R9
	VMOVDQU fold<>(SB), Y15
	VMOVDQU mul<>(SB), Y14
	VMOVDQU zero<>(SB), Y13
	VMOVDQU nine<>(SB), Y12
	VMOVDQU dot<>(SB), Y11
	VPXOR   Y10, Y10, Y10        // Y10: the digits of the block before
	TESTQ   AX, AX
	JZ      first
	VMOVDQU -32(SI), Y1
	VPSUBB  Y13, Y1, Y1
	VPMINUB Y12, Y1, Y2
	VPCMPEQB Y1, Y2, Y10

first:
	CMPQ    CX, $32
	JLT     firstPart
	VMOVDQU (SI), Y0             // Y0: the block

next:
	ADDQ    $32, SI
	SUBQ    $32, CX
	CMPQ    CX, $32
	JLT     part
	VMOVDQU (SI), Y1             // Y1: the one behind it

block:
	VPERM2I128 $0x21, Y1, Y0, Y2
	VPALIGNR   $2, Y0, Y2, Y3    // Y3: what begins two bytes further
	VPALIGNR   $1, Y0, Y2, Y4    // Y4: the byte behind each

	// The hashes of the grams at 0, 4, ... are in Y5, of those at 2, 6, ... in Y6, in the upper 20 bits.
	VPOR    Y15, Y0, Y5
	VPOR    Y15, Y3, Y6
	VPMULLD Y14, Y5, Y5
	VPMULLD Y14, Y6, Y6

	// Their bytes in the set, in the order of their places, into X8.
	VPSRLD  $15, Y5, Y7
	VPSRLD  $15, Y6, Y8
	VMOVDQU Y7, 0(SP)
	VMOVDQU Y8, 32(SP)
	VPXOR   X8, X8, X8
	VPXOR   X7, X7, X7
	TEST(0, 0, X8)
	TEST(16, 8, X7)
	TEST(32, 1, X8)
	TEST(48, 9, X7)
	TEST(4, 2, X8)
	TEST(20, 10, X7)
	TEST(36, 3, X8)
	TEST(52, 11, X7)
	TEST(8, 4, X8)
	TEST(24, 12, X7)
	TEST(40, 5, X8)
	TEST(56, 13, X7)
	TEST(12, 6, X8)
	TEST(28, 14, X7)
	TEST(44, 7, X8)
	TEST(60, 15, X7)
	VPOR    X7, X8, X8

	// The bit of each byte is what the three next bits of the hash say: X5.
	VPSRLD    $12, Y5, Y5
	VPSLLD    $4, Y6, Y6
	VPBLENDW  $0xAA, Y6, Y5, Y5
	VPAND     seven<>(SB), Y5, Y5
	VPACKUSWB Y5, Y5, Y5
	VPERMQ    $8, Y5, Y5
	VMOVDQU   powers<>(SB), X7
	VPSHUFB   X5, X7, X5
	VPAND     X5, X8, X8
	VPCMPEQB  X5, X8, X8
	VPMOVZXDQ X8, Y8             // Y8: four grams of each eight bytes, and four zeros

	// The digits into Y5, those behind one into Y6, those before one into Y7.
	VPSUBB     Y13, Y0, Y5
	VPMINUB    Y12, Y5, Y6
	VPCMPEQB   Y5, Y6, Y5
	VPERM2I128 $0x21, Y5, Y10, Y6
	VPALIGNR   $15, Y6, Y5, Y6
	VMOVDQA    Y5, Y10
	VPSUBB     Y13, Y4, Y7
	VPMINUB    Y12, Y7, Y3
	VPCMPEQB   Y7, Y3, Y7

	// Y7: no stops are dots and slashes between digits, what a space follows, and digits.
	VPAND    Y6, Y7, Y7
	VPSUBB   Y11, Y0, Y0
	VPMINUB  toSlash<>(SB), Y0, Y3
	VPCMPEQB Y0, Y3, Y3
	VPAND    Y3, Y7, Y7
	VPMINUB  spaces<>(SB), Y4, Y3
	VPCMPEQB Y4, Y3, Y3
	VPOR     Y3, Y7, Y7
	VPOR     Y5, Y7, Y7

	// Stops are the other marks, and the digits that follow none: Y7.
	VPMINUB  toAt<>(SB), Y0, Y3
	VPCMPEQB Y0, Y3, Y3
	VPANDN   Y3, Y7, Y7
	VPANDN   Y5, Y6, Y6
	VPOR     Y6, Y7, Y7

	// Stops and grams of each eight bytes side by side.
	VPUNPCKLQDQ Y8, Y7, Y5
	VPUNPCKHQDQ Y8, Y7, Y6
	VPERM2I128  $0x20, Y6, Y5, Y7
	VPERM2I128  $0x31, Y6, Y5, Y8
	VPMOVMSKB   Y7, AX
	VPMOVMSKB   Y8, R10
	MOVL        AX, (DI)
	MOVL        R10, 4(DI)
	ADDQ        $8, DI
	VMOVDQA     Y1, Y0
	DECQ        BX
	JNZ         next
	VZEROUPPER
	RET

firstPart:
	PART(X0, Y0, X2, firstShort, next)
	JMP next

part:
	PART(X1, Y1, X2, short, block)
	JMP block
