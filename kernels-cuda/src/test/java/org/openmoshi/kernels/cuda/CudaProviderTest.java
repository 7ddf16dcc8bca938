package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backends;

/** What is said when something is missing; in processes of their own, because a library that is loaded stays. */
class CudaProviderTest {
    @TempDir
    private Path directory;

    private final List<String> options = new ArrayList<>();

    /** What a process finds. */
    static final class Probe {
        private Probe() {}

        /** Prints why there is no device, or what it is. */
        public static void main(String[] args) {
            CudaProvider provider = new CudaProvider();
            String reason = provider.unavailableReason();
            System.out.println("reason: " + reason);
            System.out.println("devices: " + provider.deviceCount());
            if (reason.contains("libcuda.so.1")) {
                System.out.println("NVRTC: " + (Nvrtc.find() != null));
            }
            if (reason.isEmpty()) {
                try {
                    System.out.println("found: " + CudaProvider.device(0).description());
                } catch (IllegalArgumentException e) {
                    System.out.println("refused: " + e.getMessage());
                }
            } else {
                try {
                    Backends.named("cuda:0");
                } catch (IllegalArgumentException e) {
                    System.out.println("named: " + e.getMessage());
                }
            }
        }
    }

    @BeforeEach
    void needsNoDriver() throws IOException, InterruptedException {
        assumeTrue(
                probe("").contains("libcuda.so.1"),
                "an NVIDIA driver is installed: what is said without one is not tested");
    }

    private String probe(String libraries) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(Probe.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", libraries);
        builder.environment().remove("CUDA_HOME");
        builder.environment().remove("CUDA_PATH");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** A folder with some of the emulator's libraries. */
    private String folder(String... libraries) throws IOException {
        EmulatedCuda.load();
        for (String library : libraries) {
            Files.copy(EmulatedCuda.library(library), directory.resolve(library));
        }
        return directory.toString();
    }

    @Test
    void saysThatTheDriverIsMissing() throws IOException, InterruptedException {
        assertThat(probe(""))
                .contains("reason: the NVIDIA driver's library libcuda.so.1 is not installed")
                .contains("devices: 0")
                .contains("named: backend cuda:0 is unavailable: the NVIDIA driver's library libcuda.so.1 is not");
    }

    @Test
    void saysThatNvrtcIsMissing() throws IOException, InterruptedException {
        assumeTrue(probe("").contains("NVRTC: false"), "NVRTC is installed: what is said without it is not tested");
        String libraries = folder("libcuda.so.1");
        assertThat(probe(libraries)).contains("reason: NVRTC, CUDA's run-time compiler, is missing");
    }

    @Test
    void saysThatTheChosenNvrtcDoesNotLoad() throws IOException, InterruptedException {
        options.add("-Dopenmoshi.nvrtc=/nowhere/libnvrtc.so");
        assertThat(probe(folder("libcuda.so.1"))).contains("-Dopenmoshi.nvrtc=/nowhere/libnvrtc.so cannot be loaded");
    }

    @Test
    void saysThatJCudaHasNoLibraryForThePlatform() throws IOException, InterruptedException {
        options.add("-Dos.arch=sparc");
        assertThat(probe(folder("libcuda.so.1", "libnvrtc.so.12")))
                .contains("reason: JCuda's native library for Linux on sparc is missing");
    }

    @Test
    void findsBothLibrariesByTheirNames() throws IOException, InterruptedException {
        assertThat(probe(folder("libcuda.so.1", "libnvrtc.so.12")))
                .contains("devices: 1")
                .contains("found: emulated GPU (tests), 4.0 GiB, compute capability 9.0");
    }

    @Test
    void saysThatProductsAreLeftToKernelsWithoutCublas() throws IOException, InterruptedException {
        String found = probe(folder("libcuda.so.1", "libnvrtc.so.12"));
        assumeTrue(!found.contains("cuBLAS 1"), "cuBLAS is installed: what is said without it is not tested");
        assertThat(found).contains("matrix products: own kernels, because cuBLAS is not installed");
        options.add("-Dopenmoshi.cuda.matmul=cublas");
        assertThat(probe(directory.toString()))
                .contains("refused: -Dopenmoshi.cuda.matmul=cublas: cuBLAS is not installed");
    }

    @Test
    void saysThatTheChosenCudnnIsMissing() throws IOException, InterruptedException {
        String libraries = folder("libcuda.so.1", "libnvrtc.so.12");
        options.add("-Dopenmoshi.cuda.conv=cudnn");
        String found = probe(libraries);
        assumeTrue(!found.contains("cuDNN 9"), "cuDNN is installed: what is said without it is not tested");
        assertThat(found).contains("refused: -Dopenmoshi.cuda.conv=cudnn: cuDNN is not installed");
        options.add("-Dopenmoshi.cuda.matmul=abacus");
        assertThat(probe(libraries)).contains("refused: -Dopenmoshi.cuda.matmul=abacus: there are own, wmma, cublas");
    }

    @Test
    void findsCublasByItsName() throws IOException, InterruptedException {
        assertThat(probe(folder("libcuda.so.1", "libnvrtc.so.12", "libcublas.so.12")))
                .contains("matrix products: cuBLAS 12.6.5");
    }
}
