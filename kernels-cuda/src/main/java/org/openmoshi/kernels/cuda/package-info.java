/**
 * The CUDA backend. Which kernels run with which arguments is written once for all devices, in
 * {@code org.openmoshi.tensor.device}; here are memory, copies, compilation and launches on an NVIDIA GPU, and the
 * {@code .cu} files.
 *
 * <p>The driver ({@code libcuda.so.1}) is called through JCuda's driver API, which needs nothing but the driver: its
 * entry points have kept their names since CUDA 4, so a JCuda built for CUDA 12 runs on drivers of CUDA 13. NVRTC, the
 * compiler, is called through {@link java.lang.foreign} instead: JCuda's binding is linked to {@code libnvrtc.so.12} and
 * does not load where only CUDA 13 is installed, while the ten functions of NVRTC that are needed here are the same in
 * both.
 *
 * <p>cuBLAS and cuDNN are called in the same way, for the same reason. Matrices are multiplied by cuBLAS where it is
 * installed, which {@code -Dopenmoshi.cuda.matmul=own} and {@code =wmma} change; convolutions are computed by kernels, or by
 * cuDNN with {@code -Dopenmoshi.cuda.conv=cudnn}. What a library does not take is left to the kernels: narrow products,
 * operands without dense rows or columns, and convolutions that its deterministic algorithms refuse.
 *
 * <p>Kernels are compiled to PTX, which the driver turns into machine code, for the newest architecture that both the
 * device and this NVRTC know: a GPU newer than the installed NVRTC still works.
 *
 * <p>Products and attention in bfloat16 have kernels of their own on tensor cores, {@code *_wmma.cu}, with the parameters
 * of the plain ones, beside which tests put them. What they use of the hardware stands in {@code tensor_core.h}, as
 * functions around inline PTX rather than through the toolkit's headers, which a machine with a driver and NVRTC need not
 * have. {@code CudaDevice.tensorCores} is where they are chosen.
 *
 * <p>On the module path, JCuda does not find its native library, which lies in a second jar; start with
 * {@code -Djava.library.path} naming a folder with {@code libJCudaDriver-12.6.0-linux-x86_64.so}, or use the class path.
 * It is extracted to {@code java.io.tmpdir}.
 */
@NullMarked
package org.openmoshi.kernels.cuda;

import org.jspecify.annotations.NullMarked;
