package org.openmoshi.benchmarks;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may see whom. Maven keeps the arrows between modules; here they hold for packages, whatever a pom says. */
@AnalyzeClasses(
        packages = "org.openmoshi",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJar.class})
class ArchitectureTest {
    private static final DescribedPredicate<JavaClass> VECTOR_CLASSES =
            resideInAnyPackage("jdk.incubator.vector..", "org.openmoshi.tensor.cpu.vector..");

    @ArchTest
    static final ArchRule MODULE_ARROWS = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("tensor-core")
            .definedBy("org.openmoshi.tensor..")
            .layer("autograd")
            .definedBy("org.openmoshi.autograd..")
            .layer("kernels")
            .definedBy("org.openmoshi.kernels..")
            .layer("models")
            .definedBy("org.openmoshi.models..")
            .layer("train")
            .definedBy("org.openmoshi.train..")
            .layer("benchmarks")
            .definedBy("org.openmoshi.benchmarks..")
            .whereLayer("tensor-core")
            .mayNotAccessAnyLayer()
            .whereLayer("autograd")
            .mayOnlyAccessLayers("tensor-core")
            .whereLayer("kernels")
            .mayOnlyAccessLayers("tensor-core")
            .whereLayer("models")
            .mayOnlyAccessLayers("tensor-core", "autograd")
            .whereLayer("train")
            .mayOnlyAccessLayers("tensor-core", "autograd", "models");

    @ArchTest
    static final ArchRule EVERY_CLASS_IS_IN_A_MODULE = classes()
            .should()
            .resideInAnyPackage(
                    "org.openmoshi.tensor..",
                    "org.openmoshi.autograd..",
                    "org.openmoshi.kernels..",
                    "org.openmoshi.models..",
                    "org.openmoshi.train..",
                    "org.openmoshi.benchmarks..");

    @ArchTest
    static final ArchRule THE_ENGINE_NEEDS_ONLY_THE_JDK = classes()
            .that()
            .resideInAnyPackage("org.openmoshi.tensor..", "org.openmoshi.autograd..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                    "java..",
                    "jdk.incubator.vector..",
                    "org.jspecify.annotations..",
                    "org.openmoshi.tensor..",
                    "org.openmoshi.autograd.."));

    @ArchTest
    static final ArchRule THE_VECTOR_API_STAYS_BEHIND_THE_CPU_BACKEND = noClasses()
            .that()
            .resideOutsideOfPackages("org.openmoshi.tensor.cpu..", "org.openmoshi.benchmarks..")
            .should()
            .dependOnClassesThat(VECTOR_CLASSES);

    @ArchTest
    static final ArchRule SCALAR_LOOPS_RUN_WITHOUT_THE_VECTOR_API = noClasses()
            .that(resideInAPackage("org.openmoshi.tensor.cpu.scalar..")
                    .or(resideInAPackage("org.openmoshi.tensor.cpu")
                            .and(simpleNameStartingWith("Scalar")
                                    .or(simpleNameStartingWith("Parallel"))
                                    .or(simpleNameStartingWith("CpuBackend"))
                                    .or(simpleNameStartingWith("CpuMemory")))))
            .should()
            .dependOnClassesThat(VECTOR_CLASSES)
            .because("they compute where the module jdk.incubator.vector is absent");

    @ArchTest
    static final ArchRule THE_COMMAND_LINE_IS_ON_TOP = noClasses()
            .that()
            .resideOutsideOfPackages("org.openmoshi.train.cli..", "org.openmoshi.benchmarks..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.openmoshi.train.cli..", "picocli.."));

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils");

    /** Once modules are packaged, the test classes of tensor-core come in a jar. */
    static final class NoTestJar implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }
}
