package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.openmoshi.tensor.Shape;

class ConvGeometryTest {
    @Test
    void imagesBeyondWhatKernelsCountAreRefused() {
        assertThatCode(() -> ConvGeometry.requireShort(Shape.of(1, 3, 1 << 15, 1 << 15)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ConvGeometry.requireShort(Shape.of(1, 3, 1 << 16, 1 << 16)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("65536 x 65536");
    }
}
