package credential

// commonBigrams are the pairs of letters that make up nine tenths of English,
// French, German, Italian, Portuguese and Spanish text, from the letter-pair
// tables in H. F. Gaines, Cryptanalysis (1939), appendix.
const commonBigrams = `th he in er an re nd on en at ou ed ha to or it is hi es ng st ar te se me ve of as al le nt
	ti ll ro ri ea ne ra ce li ch be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss
	so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu
	ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn
	sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui
	rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok
	nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pd nz ee tz ja sz zu za`

var bigrams = func() (t [26][26]bool) {
	for i := 0; i+1 < len(commonBigrams); i++ {
		if x, y := commonBigrams[i], commonBigrams[i+1]; x-'a' < 26 && y-'a' < 26 {
			t[x-'a'][y-'a'] = true
		}
	}
	return t
}()

// commonPair says whether two lower-case letters often follow each other.
func commonPair(x, y byte) bool { return x-'a' < 26 && y-'a' < 26 && bigrams[x-'a'][y-'a'] }
