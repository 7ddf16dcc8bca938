package org.openmoshi.models.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.models.nn.StateDict;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;

@ExtendWith(LeakExtension.class)
class EuclideanCodebookTest {
    private static final QuantizerTraining SETTINGS = new QuantizerTraining(0.9, 20, 5, 0.1, false, 0);
    private static final int SIZE = 4;

    private StateDict dict;
    private EuclideanCodebook codebook;

    @BeforeEach
    void create() {
        dict = StateDict.zeros(DType.F32);
        codebook = new EuclideanCodebook(dict.root(), SIZE, 2);
    }

    @AfterEach
    void free() {
        dict.close();
    }

    private static TrainingStep step(long number) {
        return new TrainingStep(SETTINGS, number, new Generator(9));
    }

    private void set(String buffer, float... values) {
        dict.buffers().get(buffer).upload_(values);
    }

    private float[] get(String buffer) {
        return dict.buffers().get(buffer).toFloats();
    }

    /** Four tight groups around (+-10, +-10) with 5, 10, 15 and 20 members. */
    private static Tensor groups() {
        float[] values = new float[100];
        int at = 0;
        for (int group = 0; group < SIZE; group++) {
            for (int i = 0; i < 5 * (group + 1); i++) {
                values[at++] = (group % 2 == 0 ? -10 : 10) + 0.01f * (i % 3);
                values[at++] = (group / 2 == 0 ? -10 : 10) + 0.01f * (i % 2);
            }
        }
        return Tensor.of(values, 50, 2);
    }

    @Test
    void startsFromTheClustersOfABatch() {
        try (Scope _ = Scope.open()) {
            codebook.train(groups(), false, step(1));
            assertThat(codebook.isInitialized()).isFalse();
            EuclideanCodebook.Trained trained = codebook.train(groups(), true, step(2));
            assertThat(codebook.isInitialized()).isTrue();
            Tensor error = groups().sub(trained.match().quantized()).norm(1).max();
            assertThat(error.item()).isLessThan(0.05);
            float[] usage = get("cluster_usage");
            Arrays.sort(usage);
            assertThat(usage).containsExactly(new float[] {5, 10, 15, 20}, within(1e-4f));
            assertThat(trained.metrics().used()).isEqualTo(4);
            double entropy = 0;
            for (double p : new double[] {0.1, 0.2, 0.3, 0.4}) {
                entropy -= p * Math.log(p) / Math.log(4);
            }
            assertThat(trained.metrics().entropy()).isCloseTo(entropy, within(1e-6));
        }
    }

    @Test
    void startsFromFewerVectorsThanCodes() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
            EuclideanCodebook.Trained trained = codebook.train(x, true, step(1));
            assertThat(trained.match().quantized().toFloats()).containsExactly(1, 2, 3, 4);
            assertThat(get("embedding_sum")).doesNotContain(Float.NaN);
        }
    }

    @Test
    void movesCodesTowardsTheirVectors() {
        try (Scope _ = Scope.open()) {
            set("_initialized", 1);
            set("cluster_usage", 1, 1, 1, 1);
            set("embedding_sum", 0, 0, 10, 0, 0, 10, 10, 10);
            Tensor x = Tensor.of(new float[] {9, 1, 11, 1, 1, 8}, 3, 2);
            EuclideanCodebook.Trained trained = codebook.train(x, true, step(1));
            assertThat(trained.match().codes().toLongs()).containsExactly(1, 1, 2);
            assertThat(trained.match().quantized().toFloats()).containsExactly(10, 0, 10, 0, 0, 10);
            assertThat(get("cluster_usage")).containsExactly(new float[] {0.9f, 1.1f, 1.0f, 0.9f}, within(1e-6f));
            assertThat(get("embedding_sum"))
                    .containsExactly(new float[] {0, 0, 9 + 2, 0.2f, 0.1f, 9 + 0.8f, 9, 9}, within(1e-5f));
        }
    }

    @Test
    void replacesDeadCodesEveryFewSteps() {
        try (Scope _ = Scope.open()) {
            set("_initialized", 1);
            set("cluster_usage", 4, 4, 4, 0.2f);
            set("embedding_sum", 0, 0, 40, 0, 0, 40, 20, 20);
            Tensor x = Tensor.of(new float[] {1, 1, 1, 1}, 2, 2);
            assertThat(codebook.train(x, true, step(4)).metrics().replaced()).isZero();
            EuclideanCodebook.Trained trained = codebook.train(x, true, step(5));
            assertThat(trained.metrics().replaced()).isEqualTo(0.25);
            assertThat(trained.metrics().dead()).isZero();
            float[] embedding = codebook.embedding().toFloats();
            assertThat(new float[] {embedding[6], embedding[7]}).containsExactly(new float[] {1, 1}, within(1e-5f));
            assertThat(codebook.train(x, true, step(10)).metrics().replaced()).isZero();
        }
    }

    @Test
    void vectorsThatAreNotFiniteLeaveItAsItIs() {
        try (Scope _ = Scope.open()) {
            Tensor broken = Tensor.of(new float[] {1, Float.NaN, 2, 3}, 2, 2);
            codebook.train(broken, true, step(5));
            assertThat(codebook.isInitialized()).isFalse();
            codebook.train(groups(), true, step(6));
            float[] sums = get("embedding_sum");
            float[] usage = get("cluster_usage");
            codebook.train(broken, true, step(10));
            assertThat(get("embedding_sum")).containsExactly(sums);
            assertThat(get("cluster_usage")).containsExactly(usage);
        }
    }
}
