package org.openmoshi.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.openmoshi.tensor.device.KernelSource;
import org.openmoshi.tensor.device.Program;

/** The kernel files among the test resources. */
final class TestKernels {
    private TestKernels() {}

    /** The text of a file with its includes in place. */
    static String source(String file, String... defines) {
        return KernelSource.read(TestKernels.class::getResourceAsStream, file, defines);
    }

    /** Compiles and loads a file for float32. */
    static Program load(CudaDevice device, String file) {
        return device.load(file, device.compile(file, source(file, "TYPE_F32")));
    }

    /** The number, from 1, of the line that a file marks as the fault of a kernel. */
    static int faultLine(String file, String kernel) {
        String mark = "// FAULT " + kernel;
        try (InputStream stream = TestKernels.class.getResourceAsStream(file)) {
            String[] lines = new String(stream.readAllBytes(), StandardCharsets.UTF_8).split("\n");
            for (int i = 0; i < lines.length; i++) {
                if (lines[i].endsWith(mark)) {
                    return i + 1;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalArgumentException(file + " marks no fault of " + kernel);
    }
}
