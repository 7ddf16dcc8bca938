package org.openmoshi.train.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.models.golden.GoldenCase;
import org.openmoshi.models.golden.GoldenFolders;
import org.openmoshi.models.golden.GoldenResult;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.train.golden.KnownCases;

/** Every golden case on every device, at the tolerances of the CPU. */
@ExtendWith(LeakExtension.class)
class DeviceGoldenTest {
    /** The cases of this module and those of models. */
    private static List<Path> folders() throws IOException, URISyntaxException {
        List<Path> folders = new ArrayList<>();
        for (URL root : Collections.list(DeviceGoldenTest.class.getClassLoader().getResources("golden"))) {
            URI uri = root.toURI();
            if (uri.getScheme().equals("file")) {
                folders.addAll(GoldenFolders.in(Path.of(uri)));
            }
        }
        return folders;
    }

    @TestFactory
    Stream<DynamicTest> reproduces() throws IOException, URISyntaxException {
        List<Backend> devices = Devices.present();
        assumeFalse(devices.isEmpty(), Devices.reasons());
        List<Path> folders = folders();
        assertThat(folders).hasSizeGreaterThanOrEqualTo(KnownCases.ALL.size());
        return devices.stream()
                .flatMap(device -> folders.stream()
                        .map(folder -> dynamicTest(
                                folder.getFileName() + " on " + device.name(), () -> check(folder, device))));
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
