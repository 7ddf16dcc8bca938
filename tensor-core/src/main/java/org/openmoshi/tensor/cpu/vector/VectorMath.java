package org.openmoshi.tensor.cpu.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * Elementary functions in float32: range reduction followed by a polynomial whose coefficients were fitted for least
 * relative error (Lawson's reweighted least squares) and rounded one after the other to float32.
 *
 * <p>Errors over the whole range, in units in the last place: see the bounds that {@code VectorMathTest} holds.
 *
 * <p>The methods are straight lines of vector operations, short enough for the JIT to inline each one into the loop
 * that calls it. A call that is not inlined would box its vectors and run ten times slower. The JIT stops inlining in a
 * loop that has grown too large, so the functions do not call each other and loops call one or two of them per step.
 */
final class VectorMath {
    /** 1.5 * 2^23: adding it rounds a small float to an integer, which then stands in the low bits. */
    private static final float ROUNDER = 12582912f;

    private static final int ROUNDER_BITS = 0x4B400000;
    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 0.6931472f;
    private static final float LN2_LOW = -1.9046542e-9f;
    private static final float LARGEST_EXP = 88.72284f;
    private static final float SMALLEST_EXP = -103.97208f;
    /** Below this e^x - 1 rounds to -1. */
    private static final float SMALLEST_EXPM1 = -25f;
    /** From here on tanh rounds to 1. */
    private static final float LARGEST_TANH = 9.02f;
    /** The bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)). */
    private static final int SQRT_HALF_BITS = 0x3F3504F3;

    /** Below this sigmoid is 0 within float32's normal numbers. */
    private static final float SMALLEST_SIGMOID = -88f;
    /** Beyond this magnitude the normal density is taken as 0 within float32's normal numbers. */
    private static final float LARGEST_NORMAL = 13f;

    private static final float INV_SQRT_2PI = 0.3989423f;
    private static final float INV_PI = 0.31830987f;
    private static final float PI_HIGH = 3.1415927f;
    private static final float PI_MIDDLE = -8.742278e-8f;
    private static final float PI_LOW = -3.430249e-15f;

    /** Beyond this magnitude the range reduction of {@link #sin} and {@link #cos} loses digits. */
    static final float LARGEST_ANGLE = 65536f;

    private VectorMath() {}

    /** e^x, with denormal results, 0 and infinity where float32 has them. */
    static FloatVector exp(FloatVector x) {
        FloatVector t = x.fma(LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_LOW, n.lanewise(FMA, -LN2_HIGH, x));
        FloatVector p = r.fma(0.0013820138f, 0.008368686f)
                .lanewise(FMA, r, 0.041668274f)
                .lanewise(FMA, r, 0.16666521f)
                .lanewise(FMA, r, 0.49999994f)
                .lanewise(FMA, r, 1f)
                .lanewise(FMA, r, 1f);
        // 2^n in two factors: n reaches from -150 to 128, further than one exponent field.
        IntVector k = t.reinterpretAsInts().sub(ROUNDER_BITS);
        IntVector half = k.lanewise(ASHR, 1);
        FloatVector y = p.mul(half.add(127).lanewise(LSHL, 23).reinterpretAsFloats())
                .mul(k.sub(half).add(127).lanewise(LSHL, 23).reinterpretAsFloats());
        return y.blend(Float.POSITIVE_INFINITY, x.compare(GT, LARGEST_EXP)).blend(0f, x.compare(LT, SMALLEST_EXP));
    }

    /** e^x for -87 <= x <= 88, NaN, or minus infinity, which gives 0 as everything below -87 does. */
    static FloatVector expOfModerate(FloatVector x) {
        FloatVector t = x.fma(LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_LOW, n.lanewise(FMA, -LN2_HIGH, x));
        FloatVector p = r.fma(0.0013820138f, 0.008368686f)
                .lanewise(FMA, r, 0.041668274f)
                .lanewise(FMA, r, 0.16666521f)
                .lanewise(FMA, r, 0.49999994f)
                .lanewise(FMA, r, 1f)
                .lanewise(FMA, r, 1f);
        return p.mul(powerOfTwo(t)).blend(0f, x.compare(LT, -87f));
    }

    /** e^x - 1 without cancellation, for x <= 88. */
    static FloatVector expm1(FloatVector x) {
        FloatVector a = x.blend(SMALLEST_EXPM1, x.compare(LT, SMALLEST_EXPM1));
        FloatVector t = a.fma(LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_LOW, n.lanewise(FMA, -LN2_HIGH, a));
        FloatVector q = r.fma(0.0013905513f, 0.008362975f)
                .lanewise(FMA, r, 0.041666765f)
                .lanewise(FMA, r, 0.16666579f)
                .lanewise(FMA, r, 0.5f);
        FloatVector p = r.mul(r).lanewise(FMA, q, r);
        FloatVector scale = powerOfTwo(t);
        return p.lanewise(FMA, scale, scale.sub(1f));
    }

    /** Natural logarithm; NaN below 0, minus infinity at 0. */
    static FloatVector log(FloatVector x) {
        VectorMask<Float> denormal = x.compare(LT, Float.MIN_NORMAL);
        IntVector bits = x.blend(x.mul(0x1p23f), denormal).reinterpretAsInts();
        IntVector k = bits.sub(SQRT_HALF_BITS).lanewise(ASHR, 23);
        FloatVector f = bits.sub(k.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1f);
        FloatVector e = (FloatVector) k.convert(I2F, 0);
        e = e.blend(e.sub(23f), denormal);
        FloatVector p = f.fma(-0.076357506f, 0.12761861f)
                .lanewise(FMA, f, -0.13159683f)
                .lanewise(FMA, f, 0.14201628f)
                .lanewise(FMA, f, -0.16623408f)
                .lanewise(FMA, f, 0.2000124f)
                .lanewise(FMA, f, -0.2500082f)
                .lanewise(FMA, f, 0.3333333f);
        FloatVector square = f.mul(f);
        FloatVector low = square.mul(f).mul(p);
        low = e.lanewise(FMA, LN2_LOW, low);
        low = square.lanewise(FMA, -0.5f, low);
        FloatVector y = e.lanewise(FMA, LN2_HIGH, f.add(low));
        return y.blend(x, x.compare(LT, Float.POSITIVE_INFINITY).not())
                .blend(Float.NaN, x.compare(LT, 0f))
                .blend(Float.NEGATIVE_INFINITY, x.compare(EQ, 0f));
    }

    /** tanh(x) = t / (t + 2) with t = e^(2x) - 1. */
    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        a = a.add(a);
        a = a.blend(2 * LARGEST_TANH, a.compare(GT, 2 * LARGEST_TANH));
        FloatVector t = a.fma(LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_LOW, n.lanewise(FMA, -LN2_HIGH, a));
        FloatVector q = r.fma(0.0013905513f, 0.008362975f)
                .lanewise(FMA, r, 0.041666765f)
                .lanewise(FMA, r, 0.16666579f)
                .lanewise(FMA, r, 0.5f);
        FloatVector p = r.mul(r).lanewise(FMA, q, r);
        FloatVector scale = powerOfTwo(t);
        FloatVector e = p.lanewise(FMA, scale, scale.sub(1f));
        FloatVector y = e.div(e.add(2f));
        return y.blend(y.neg(), x.compare(LT, 0f));
    }

    /** 1 / (1 + e^-x); 0 below -88, 1 above 88. */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector a = x.blend(SMALLEST_SIGMOID, x.compare(LT, SMALLEST_SIGMOID))
                .blend(-SMALLEST_SIGMOID, x.compare(GT, -SMALLEST_SIGMOID));
        FloatVector t = a.fma(-LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_LOW, n.lanewise(FMA, -LN2_HIGH, a.neg()));
        FloatVector p = r.fma(0.0013820138f, 0.008368686f)
                .lanewise(FMA, r, 0.041668274f)
                .lanewise(FMA, r, 0.16666521f)
                .lanewise(FMA, r, 0.49999994f)
                .lanewise(FMA, r, 1f)
                .lanewise(FMA, r, 1f);
        FloatVector y = FloatVector.broadcast(Lanes.F, 1f).div(p.lanewise(FMA, powerOfTwo(t), 1f));
        return y.blend(0f, x.compare(LT, SMALLEST_SIGMOID));
    }

    /** The normal density e^(-x^2 / 2) / sqrt(2 pi). */
    static FloatVector normalDensity(FloatVector x) {
        FloatVector a = x.abs();
        a = a.blend(LARGEST_NORMAL, a.compare(GT, LARGEST_NORMAL));
        FloatVector h = a.mul(a).mul(-0.5f);
        FloatVector t = h.fma(LOG2_E, ROUNDER);
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.lanewise(FMA, -LN2_HIGH, h);
        FloatVector p = r.fma(0.0013820138f, 0.008368686f)
                .lanewise(FMA, r, 0.041668274f)
                .lanewise(FMA, r, 0.16666521f)
                .lanewise(FMA, r, 0.49999994f)
                .lanewise(FMA, r, 1f)
                .lanewise(FMA, r, 1f);
        return p.mul(powerOfTwo(t).mul(INV_SQRT_2PI));
    }

    /**
     * The normal distribution function, for which {@code density} is {@link #normalDensity} of x. The ratio
     * Phi(-a) / phi(a) (Mills) is smooth and is a polynomial in 1 / (1 + 0.3 a), so that the small values of a
     * negative x keep their digits.
     */
    static FloatVector normalDistribution(FloatVector x, FloatVector density) {
        FloatVector t = FloatVector.broadcast(Lanes.F, 1f).div(x.abs().fma(0.3f, 1f));
        FloatVector mills = t.fma(-0.051627133f, 0.281449f)
                .lanewise(FMA, t, -0.57110184f)
                .lanewise(FMA, t, 0.4794146f)
                .lanewise(FMA, t, -0.1979352f)
                .lanewise(FMA, t, 0.24037996f)
                .lanewise(FMA, t, 0.19673058f)
                .lanewise(FMA, t, 0.27626556f)
                .lanewise(FMA, t, 0.29972893f)
                .lanewise(FMA, t, 0.30000967f)
                .mul(t);
        FloatVector y = mills.mul(density);
        return y.blend(y.neg().add(1f), x.compare(GT, 0f));
    }

    /**
     * x Phi(x) = (x + |x|) / 2 - |x| Phi(-|x|), for which {@code density} is {@link #normalDensity} of x, with the polynomial
     * of {@link #normalDistribution} in its even and odd powers, which do not wait for each other.
     */
    static FloatVector gelu(FloatVector x, FloatVector density) {
        FloatVector magnitude = x.abs();
        FloatVector a = magnitude.blend(LARGEST_NORMAL, magnitude.compare(GT, LARGEST_NORMAL));
        FloatVector t = FloatVector.broadcast(Lanes.F, 1f).div(a.fma(0.3f, 1f));
        FloatVector square = t.mul(t);
        FloatVector even = square.fma(0.281449f, 0.4794146f)
                .lanewise(FMA, square, 0.24037996f)
                .lanewise(FMA, square, 0.27626556f)
                .lanewise(FMA, square, 0.30000967f);
        FloatVector odd = square.fma(-0.051627133f, -0.57110184f)
                .lanewise(FMA, square, -0.1979352f)
                .lanewise(FMA, square, 0.19673058f)
                .lanewise(FMA, square, 0.29972893f);
        FloatVector tail = odd.lanewise(FMA, t, even).mul(t.mul(a)).mul(density);
        return magnitude.lanewise(FMA, 0.5f, x.mul(0.5f)).sub(tail);
    }

    /** Sine for |x| up to {@link #LARGEST_ANGLE}: multiples of pi are subtracted in three parts. */
    static FloatVector sin(FloatVector x) {
        FloatVector t = x.fma(INV_PI, ROUNDER);
        return sinOfReduced(x, t.sub(ROUNDER), t);
    }

    /** Cosine for |x| up to {@link #LARGEST_ANGLE}: odd multiples of pi/2 are subtracted from x. */
    static FloatVector cos(FloatVector x) {
        FloatVector t = x.fma(INV_PI, 0.5f).add(ROUNDER);
        return sinOfReduced(x, t.sub(ROUNDER).sub(0.5f), t);
    }

    /** sin(x - n pi) with the sign that the lowest bit of t gives. */
    private static FloatVector sinOfReduced(FloatVector x, FloatVector n, FloatVector t) {
        FloatVector r = n.lanewise(FMA, -PI_HIGH, x);
        r = n.lanewise(FMA, -PI_MIDDLE, r);
        r = n.lanewise(FMA, -PI_LOW, r);
        FloatVector z = r.mul(r);
        FloatVector s = z.fma(-2.5502912e-08f, 2.7627057e-06f)
                .lanewise(FMA, z, -0.00019843093f)
                .lanewise(FMA, z, 0.0083333505f)
                .lanewise(FMA, z, -0.16666667f)
                .mul(z)
                .lanewise(FMA, r, r);
        return s.reinterpretAsInts()
                .lanewise(XOR, t.reinterpretAsInts().lanewise(LSHL, 31))
                .reinterpretAsFloats();
    }

    /** 2^n for the integer -126 <= n <= 127 that stands in the low bits of t = n + {@link #ROUNDER}. */
    private static FloatVector powerOfTwo(FloatVector t) {
        return t.reinterpretAsInts().sub(ROUNDER_BITS - 127).lanewise(LSHL, 23).reinterpretAsFloats();
    }

    /**
     * The nearest whole numbers, ties to even. The magnitude plus 2^23 has no bits left for a fraction; the sign returns
     * at the end so that -0.3 gives -0.
     */
    static FloatVector roundEven(FloatVector v) {
        FloatVector magnitude = v.abs();
        FloatVector rounded = magnitude.add(0x1p23f).sub(0x1p23f);
        FloatVector signed = rounded.reinterpretAsInts()
                .lanewise(OR, v.reinterpretAsInts().and(Integer.MIN_VALUE))
                .reinterpretAsFloats();
        return v.blend(signed, magnitude.compare(LT, 0x1p23f));
    }
}
