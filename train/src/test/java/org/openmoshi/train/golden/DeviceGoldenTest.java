package org.openmoshi.train.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenFolders;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.testing.LeakExtension;

/** Every golden case on OpenCL and on emulated CUDA, at the tolerances of the CPU. */
@ExtendWith(LeakExtension.class)
class DeviceGoldenTest {
    @TempDir
    private static Path temporary;

    /** The cases of this module and those of models. */
    private static List<Path> folders() throws IOException, URISyntaxException {
        List<Path> folders = new ArrayList<>();
        for (URL root : Collections.list(DeviceGoldenTest.class.getClassLoader().getResources("golden"))) {
            URI uri = root.toURI();
            folders.addAll(GoldenFolders.in(uri.getScheme().equals("file") ? Path.of(uri) : extracted(uri)));
        }
        return folders;
    }

    /** Cases that come in a jar, as they do once models is packaged: as files, since checkpoints are mapped into memory. */
    private static Path extracted(URI jar) throws IOException {
        Path target = Files.createTempDirectory(temporary, "golden"); // each device its own
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of());
                Stream<Path> entries = Files.walk(files.getPath("/golden"))) {
            for (Path entry : entries.skip(1).toList()) {
                Files.copy(entry, target.resolve(entry.toString().substring("/golden/".length())));
            }
        }
        return target;
    }

    @TestFactory
    Stream<DynamicTest> openClReproduces() throws IOException, URISyntaxException {
        BackendProvider openCl = provider("opencl");
        assumeTrue(openCl.unavailableReason().isEmpty(), "no OpenCL: " + openCl.unavailableReason());
        return cases(openCl.open(0));
    }

    @TestFactory
    Stream<DynamicTest> emulatedCudaReproduces() throws IOException, URISyntaxException {
        EmulatedCuda.load(false);
        return cases(Backends.named("cuda:0"));
    }

    private static BackendProvider provider(String kind) {
        return Backends.providers().stream()
                .filter(provider -> provider.kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<DynamicTest> cases(Backend device) throws IOException, URISyntaxException {
        List<Path> folders = folders();
        assertThat(folders).hasSizeGreaterThanOrEqualTo(KnownCases.ALL.size());
        return folders.stream()
                .map(folder -> dynamicTest(folder.getFileName() + " on " + device.name(), () -> check(folder, device)));
    }

    private static void check(Path folder, Backend device) throws IOException {
        GoldenCase golden = GoldenFolders.caseOf(folder, KnownCases.ALL).orElseThrow();
        Backend before = Backends.setDefault(device);
        try {
            GoldenResult result = golden.run(folder);
            System.out.println(golden.kind() + " on " + device.name() + ": " + result);
            assertThat(result.passed()).as("%s", result).isTrue();
        } finally {
            Backends.setDefault(before);
        }
    }
}
