/* The program that the process rows start: it does nothing. */

int main(void)
{
    return 0;
}
